import type { GenerationConfig } from '../decode/generation-config.ts';
import { lineGroups } from '../io/line-stream.ts';
import { readLines } from '../io/text-file.ts';
import { WholeFile } from '../io/whole-file.ts';
import { generationSettings } from './generation-setting.ts';
import { pipelineOf } from './pipeline.ts';
import { modelSource } from './platform.ts';
import { nodePlatform } from './platform-node.ts';
import type { TranslationOutput, TranslationPipeline } from './translation-pipeline.ts';

export interface PredictOptions {
  /** A text file; the stream `stdin` when absent. */
  readonly input?: string;
  /** The file to write, whole or not at all; `print` when absent. */
  readonly output?: string;
  /** An object a line instead of a text. */
  readonly json: boolean;
  /** `generation.NAME=VALUE` each. */
  readonly settings: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Takes results; resolves when more may come. */
  print(text: string): Promise<void>;
  /** Takes what is worth saying beside the results. */
  note(line: string): void;
}

/** Most lines translated before the first of them are printed. */
const windowSize = 1024;

/**
 * Runs a model on lines of text, a result a line in the same order: `heddle predict`.
 *
 * Lines from `stdin` are translated as they arrive. A text with more tokens than the model has positions is cut, and
 * `note` is told.
 * @throws {InputError} when the model, a setting or the text cannot be used.
 */
export async function predictLines(model: string, options: PredictOptions): Promise<void> {
  const { input, output, json, settings, stdin, print, note } = options;
  const config = generationSettings(settings);
  const given = input === undefined ? lineGroups(stdin, 'stdin') : windows(await readLines(input));
  const translator = await pipelineOf('translation', modelSource(nodePlatform, model));
  let file: WholeFile | undefined;
  let done = 0;
  try {
    if (output !== undefined) file = await WholeFile.open(output);
    for await (const group of given) {
      for (const lines of windows(group)) {
        for (const at of tooLong(translator, lines)) note(`${input ?? 'stdin'}:${done + at + 1}: ${cut(translator)}`);
        const results = await translateLines(translator, lines, config);
        const text = results.map((result) => `${json ? JSON.stringify(result) : result.translation_text}\n`).join('');
        await (file ? file.write(text) : print(text));
        done += lines.length;
      }
    }
    await file?.commit();
  } catch (error) {
    await file?.discard();
    throw error;
  } finally {
    await translator.dispose();
  }
}

/** One result a line, the best. A line break inside a translation becomes a space, so that lines stay lines. */
async function translateLines(
  translator: TranslationPipeline,
  lines: readonly string[],
  config: GenerationConfig,
): Promise<TranslationOutput[]> {
  const results = await translator(lines, {
    ...config,
    num_return_sequences: 1,
    output_scores: true,
    truncation: true,
  });
  return results.map((result) => ({ ...result, translation_text: result.translation_text.replace(/[\r\n]+/g, ' ') }));
}

function* windows(lines: readonly string[]): Generator<string[]> {
  for (let from = 0; from < lines.length; from += windowSize) yield lines.slice(from, from + windowSize);
}

const mostTokens = ({ model }: TranslationPipeline): number => model.loaded.tokens.maxTokens;

/** Which lines have more tokens than the model has positions. */
export function tooLong(translator: TranslationPipeline, lines: readonly string[]): number[] {
  const { source } = translator.tokenizers;
  const most = mostTokens(translator);
  // A text has at most as many tokens as bytes, its first space and the template's own apart.
  const isLong = (line: string): boolean => line.length * 3 + 8 > most && source.encode(line).length > most;
  return lines.flatMap((line, at) => (isLong(line) ? [at] : []));
}

const cut = (translator: TranslationPipeline): string =>
  `cut to ${mostTokens(translator)} tokens, the model's max_position_embeddings`;
