/** In the page: any task's pipeline on a folder that the server gives. */
import { ModelTensor, pipeline } from '../../src/tasks/web.ts';

export interface Argument {
  readonly task: Parameters<typeof pipeline>[0];
  /** Address of the model's folder. */
  readonly folder: string;
  /** Texts, or pairs of texts. */
  readonly texts: readonly (string | { readonly text: string; readonly text_pair: string })[];
  /** What the pipeline takes before its options: candidate labels. */
  readonly others?: readonly (readonly string[])[];
  readonly options: Readonly<Record<string, unknown>>;
}

type Use = (...given: unknown[]) => Promise<unknown>;

export default async function usePipeline({ task, folder, texts, others = [], options }: Argument): Promise<unknown> {
  const use = await pipeline(task, folder);
  try {
    const output = await (use as Use)(texts, ...others, options);
    return output instanceof ModelTensor ? output.tolist() : output;
  } finally {
    await use.dispose();
  }
}
