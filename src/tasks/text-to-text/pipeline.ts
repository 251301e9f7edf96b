import { encodeWithin } from '../../data/batch/encode-within.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import { itemAt, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import { inLanguages, type LanguageOptions } from '../folder/language-option.ts';
import { checkSides, loadTokenizers, type Tokenizers } from '../folder/tokenizer-folder.ts';
import { type CallLimits, callLimits, withinLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { givenTexts } from '../model/given-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import { byKind, type TextToTextTask, textToTextKinds } from './kinds.ts';
import { chosenLanguage, languageStart } from './language.ts';
import type { TextToTextOutput } from './output.ts';
import { SequenceModel } from './sequence-model.ts';

/** How to generate: any field of `GenerationConfig`, and how to treat texts. */
export interface TextToTextOptions extends GenerationConfig, LanguageOptions {
  /** Whether to return `score` and `token_ids` with each text. Default false. */
  readonly output_scores?: boolean | undefined;
  /**
   * Whether to cut a text that has more tokens than the model has positions, and mark its result with `is_truncated`; otherwise such a text is refused. Default true.
   */
  readonly truncation?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = {
  own: { src_lang: 'other', tgt_lang: 'other', output_scores: 'flag', truncation: 'flag', signal: 'signal' },
  isGeneration: true,
};

/** The result for a text, with a field name that is the same for all tasks. */
export interface WrittenText {
  readonly text: string;
  readonly score?: number;
  readonly token_ids?: readonly number[];
  readonly is_truncated?: true;
}

/** The forms of a call. */
interface TextToTextCall<T extends TextToTextTask> {
  (text: string, options?: TextToTextOptions): Promise<NonEmpty<TextToTextOutput<T>>>;
  (texts: string | readonly string[], options?: TextToTextOptions): Promise<TextToTextOutput<T>[]>;
}

/** A function from texts to texts, in order, with `num_return_sequences` results per text. A blank text stays blank. */
export interface TextToTextPipeline<T extends TextToTextTask = TextToTextTask> extends TextToTextCall<T> {
  /** The same results, with names that do not depend on the task. */
  write(texts: readonly string[], options?: TextToTextOptions): Promise<WrittenText[]>;
  /** Like `write`, but with the results of each text in a list. */
  writeEach(texts: readonly string[], options?: TextToTextOptions): Promise<NonEmpty<WrittenText>[]>;
  readonly task: T;
  readonly model: SequenceModel;
  readonly tokenizers: Tokenizers;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

export type TranslationPipeline = TextToTextPipeline<'translation'>;
export type SummarizationPipeline = TextToTextPipeline<'summarization'>;
export type Text2TextGenerationPipeline = TextToTextPipeline<'text2text-generation'>;

/**
 * Returns a function that opens a folder for a task. It throws an {@link InputError} when the folder is not a complete sequence-to-sequence model with a tokenizer.
 */
const textToTextPipeline =
  <T extends TextToTextTask>(task: T) =>
  async (source: ModelSource): Promise<TextToTextPipeline<T>> => {
    const { folder } = source;
    const limits = callLimits(source.limits, true);
    const model = await SequenceModel.load(source);
    const tokenizers = await loadTokenizers(folder, source);
    checkSides(folder.name, tokenizers, model.loaded.tokens);
    const writeEach = async (texts: readonly string[], options?: TextToTextOptions) => {
      checkCallOptions(task, options, callOptions);
      const given = givenTexts(task, texts, limits);
      return writeTexts(task, model, tokenizers, given, { ...options, limits });
    };
    const write = async (texts: readonly string[], options?: TextToTextOptions) =>
      (await writeEach(texts, options)).flat();
    const call = async (texts: string | readonly string[], options?: TextToTextOptions) => {
      const written = await write(givenTexts(task, texts, limits), options);
      return written.map((one) => namedOutput(task, one));
    };
    return Object.assign(call as TextToTextCall<T>, {
      write,
      writeEach,
      task,
      model,
      tokenizers,
      dispose: () => model.dispose(),
    });
  };

/** The pipeline of each task from texts to texts. */
export type TextToTextPipelines = { readonly [T in TextToTextTask]: TextToTextPipeline<T> };

type Makers = { readonly [T in TextToTextTask]: (source: ModelSource) => Promise<TextToTextPipeline<T>> };

/** The functions that open a folder, by task. */
export const textToTextPipelines = byKind(textToTextPipeline) as Makers;

/** A result with the field names of the task. */
export const namedOutput = <T extends TextToTextTask>(task: T, { text, ...rest }: WrittenText): TextToTextOutput<T> =>
  ({ [textToTextKinds[task].field]: text, ...rest }) as TextToTextOutput<T>;

/** The language of the tokenizer's targets, if neither the call nor the folder's settings name one. */
export function missingLanguage(
  { loaded, generation_config }: SequenceModel,
  tokenizers: Tokenizers,
  fields: GenerationConfig,
) {
  const fault = loaded.model.startFault?.({ ...generation_config, ...fields });
  return fault === undefined ? {} : languageStart(loaded.tokens, tokenizers);
}

async function writeTexts(
  task: TextToTextTask,
  model: SequenceModel,
  tokenizers: Tokenizers,
  texts: readonly string[],
  {
    output_scores: hasScores = false,
    truncation = true,
    signal,
    limits,
    src_lang,
    tgt_lang,
    ...fields
  }: TextToTextOptions & { readonly limits: CallLimits },
): Promise<NonEmpty<WrittenText>[]> {
  const spoken = inLanguages(tokenizers, { src_lang, tgt_lang }, (option) => `${task}: ${option}`);
  const { source, target } = spoken;
  const language =
    tgt_lang === undefined
      ? missingLanguage(model, spoken, fields)
      : chosenLanguage(model.loaded, spoken, fields, task);
  const config = withinLimits(task, { ...language, ...fields }, model.generation_config, limits, 1);
  const { maxTokens } = model.loaded.tokens;
  const encode = (text: string, at: number) =>
    isBlank(text) ? [] : [{ at, ...encodeWithin(source, text, maxTokens) }];
  const filled = (await inSlices(texts, encode, signal)).flat();
  const long = filled.filter(({ ids, whole }) => ids !== whole);
  for (const { at, whole } of truncation ? [] : long) {
    throw new InputError(`${task}: expected at most ${maxTokens} tokens, got ${whole.length}, at text ${at}`);
  }
  const rows = filled.map(({ ids }) => ids);
  const generated = await model.generateRows(rows, config, { signal, tokenizer: target });
  const results = new Map(filled.map(({ at }, i) => [at, itemAt(generated, i, 'a text')]));
  const cut = new Set(long.map(({ at }) => at));
  const count = config.num_return_sequences ?? model.generation_config.num_return_sequences ?? 1;
  const written = (text: string, at: number): WrittenText[] => {
    const found = results.get(at);
    if (!found) return Array.from({ length: count }, () => ({ text: text.trim() }));
    return found.sequences.map((tokens, i) => {
      const token_ids = tokens.slice(1);
      return {
        text: target.decode(token_ids, { skip_special_tokens: true }),
        ...(hasScores && { score: itemAt(found.scores, i, 'a result'), token_ids }),
        ...(cut.has(at) && { is_truncated: true as const }),
      };
    });
  };
  return inSlices(texts, (text, at) => nonEmpty(written(text, at), 'a result'));
}

/** Whether a text is blank. */
const isBlank = (text: string): boolean => text.trim() === '';
