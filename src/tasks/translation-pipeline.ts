import type { GenerationConfig } from '../decode/generation-config.ts';
import { InputError } from '../io/error.ts';
import { cutTokens } from './long-text.ts';
import type { ModelSource } from './platform.ts';
import { SequenceModel } from './sequence-model.ts';
import { loadTokenizers, type Tokenizers } from './tokenizer-folder.ts';

/** One translation. */
export interface TranslationOutput {
  readonly translation_text: string;
  /** With `output_scores`: log-probability / length ** length_penalty. */
  readonly score?: number;
  /** With `output_scores`: what was generated behind the start token, the end token included. */
  readonly token_ids?: readonly number[];
}

/** How to translate: any field of `GenerationConfig`, and how to treat texts. */
export interface TranslationOptions extends GenerationConfig {
  /** Gives `score` and `token_ids` with each text. Default false. */
  readonly output_scores?: boolean;
  /** Cuts a text that has more tokens than the model has positions, instead of refusing it. Default false. */
  readonly truncation?: boolean;
}

/** A function from texts to translations, in their order, `num_return_sequences` for each text. A blank text stays blank. */
export interface TranslationPipeline {
  (texts: string | readonly string[], options?: TranslationOptions): Promise<TranslationOutput[]>;
  readonly task: 'translation';
  readonly model: SequenceModel;
  readonly tokenizers: Tokenizers;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** @throws {InputError} when the folder is no whole sequence-to-sequence model with a tokenizer. */
export async function translationPipeline({ folder, backend }: ModelSource): Promise<TranslationPipeline> {
  const model = await SequenceModel.load(folder, backend);
  const tokenizers = await loadTokenizers(folder);
  const { sourceVocabulary, targetVocabulary } = model.loaded.tokens;
  checkSize(folder.name, 'source', tokenizers.source.vocabSize, sourceVocabulary);
  checkSize(folder.name, 'target', tokenizers.target.vocabSize, targetVocabulary);
  const translate = (texts: string | readonly string[], options: TranslationOptions = {}) =>
    translateTexts(model, tokenizers, typeof texts === 'string' ? [texts] : texts, options);
  return Object.assign(translate, {
    task: 'translation' as const,
    model,
    tokenizers,
    dispose: () => model.dispose(),
  });
}

function checkSize(name: string, side: string, tokens: number, rows: number): void {
  if (tokens <= rows) return;
  throw new InputError(
    `${name}: expected a ${side} tokenizer of at most ${rows} tokens, the model's vocabulary, got ${tokens}`,
  );
}

async function translateTexts(
  model: SequenceModel,
  { source, target }: Tokenizers,
  texts: readonly string[],
  { output_scores: hasScores = false, truncation = false, ...config }: TranslationOptions,
): Promise<TranslationOutput[]> {
  const { maxTokens } = model.loaded.tokens;
  if (!Array.isArray(texts))
    throw new InputError(`translation: expected a text or a list of texts, got ${typeof texts}`);
  texts.forEach((text, at) => {
    if (typeof text !== 'string') throw new InputError(`translation: expected texts, got ${typeof text}, at ${at}`);
  });
  const filled = texts.flatMap((text, at) => (isBlank(text) ? [] : [at]));
  const rows = filled.map((at) => {
    const ids = source.encode(texts[at]);
    return truncation ? cutTokens(ids, maxTokens) : ids;
  });
  const generated = rows.length > 0 ? await model.generateRows(rows, config) : [];
  const results = new Map(filled.map((at, i) => [at, generated[i]]));
  const count = config.num_return_sequences ?? model.generation_config.num_return_sequences ?? 1;
  return texts.flatMap((text, at): TranslationOutput[] => {
    const found = results.get(at);
    if (!found) return Array.from({ length: count }, () => ({ translation_text: text.trim() }));
    return found.sequences.map((tokens, i) => {
      const token_ids = tokens.slice(1);
      const translation_text = target.decode(token_ids, { skip_special_tokens: true });
      return hasScores ? { translation_text, score: found.scores[i], token_ids } : { translation_text };
    });
  });
}

/** Whether a text has nothing to translate. */
export const isBlank = (text: string): boolean => text.trim() === '';
