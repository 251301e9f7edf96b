/** In the page: translations on a GPU, and what they read back from it. */
import { pipeline } from '../../src/tasks/web.ts';
import { gpuCounts, watchedBackend } from './watched-gpu.ts';

export interface Argument {
  /** Address of the model's folder. */
  readonly folder: string;
  readonly text: string;
  /** Lengths of the translations, one after the other. */
  readonly lengths: readonly number[];
}

export interface Decoded {
  readonly translations: readonly string[];
  /** Buffers read back from the GPU for each translation. */
  readonly downloads: readonly number[];
}

export default async function decode({ folder, text, lengths }: Argument): Promise<Decoded> {
  const backend = watchedBackend();
  const translator = await pipeline('translation', folder, { backend });
  const translations: string[] = [];
  const downloads: number[] = [];
  const translate = async (length: number) => {
    const options = { num_beams: 2, min_new_tokens: length, max_new_tokens: length };
    const [{ translation_text }] = await translator([text], options);
    return translation_text;
  };
  // Compiles the programs.
  await translate(lengths[0] ?? 1);
  for (const length of lengths) {
    const before = await gpuCounts();
    translations.push(await translate(length));
    downloads.push((await gpuCounts()).downloads - before.downloads);
  }
  await translator.dispose();
  await backend.close();
  return { translations, downloads };
}
