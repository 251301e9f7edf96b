import { encodeTexts } from '../../data/batch/encode-text.ts';
import { InputError } from '../../io/error.ts';
import { firstOf, itemAt, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { checkCount } from '../model/count-option.ts';
import { type OpenProgram, openProgram } from '../model/queued-program.ts';
import type { TextRow } from '../model/text-batch.ts';
import type { ModelSource } from '../platform/platform.ts';
import { classifierProgram } from './classifier-program.ts';
import { type LabelScore, labelScores } from './label-score.ts';
import { loadClassifier } from './loaded-classifier.ts';
import { type ClassifiedText, checkPairs, givenClassified, sidesOf } from './text-pair.ts';

/** How to classify. */
export interface TextClassificationOptions {
  /** How many labels to return, likeliest first; null: all. Default 1. */
  readonly top_k?: number | null | undefined;
  /**
   * Whether to cut a text that has more tokens than the model has positions, and mark its result with `is_truncated`; otherwise such a text is refused. Default true.
   */
  readonly truncation?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = { own: { top_k: 'other', truncation: 'flag', signal: 'signal' } };

type Texts = ClassifiedText | readonly ClassifiedText[];

/** The result of a {@link TextClassificationPipeline}: the best label of every text, or with another `top_k` a list. */
export type TextClassificationOutput = LabelScore[] | NonEmpty<LabelScore>[];

/** Options with which every text has one label. */
type Best = TextClassificationOptions & { readonly top_k?: 1 | undefined };

/** The forms of a call. */
interface TextClassificationCall {
  (text: ClassifiedText, options?: TextClassificationOptions): Promise<NonEmpty<LabelScore>>;
  (texts: Texts, options?: Best): Promise<LabelScore[]>;
  (
    texts: readonly ClassifiedText[],
    options: TextClassificationOptions & { readonly top_k: null },
  ): Promise<NonEmpty<LabelScore>[]>;
  (texts: readonly ClassifiedText[], options: TextClassificationOptions): Promise<TextClassificationOutput>;
}

/**
 * A function from texts, or pairs of texts `{ text, text_pair }`, to labels, in order. An empty text is classified like
 * any other, and its result has `is_empty`.
 */
export interface TextClassificationPipeline extends TextClassificationCall {
  readonly task: 'text-classification';
  readonly model: LoadedModel<'sequence-classification'>;
  readonly tokenizer: Tokenizer;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'text-classification' as const;

/** @throws {InputError} when the folder is not a complete classifier with a tokenizer. */
export async function textClassificationPipeline(source: ModelSource): Promise<TextClassificationPipeline> {
  const limits = callLimits(source.limits, false);
  const { model, tokenizer } = await loadClassifier(source);
  const classifier = await openProgram(classifierProgram, model, source.backend);
  async function classify(texts: Texts, options: TextClassificationOptions = {}): Promise<TextClassificationOutput> {
    checkCallOptions(task, options, callOptions);
    const all = await scoresOf(model, tokenizer, classifier, givenClassified(task, texts, limits), options);
    const { top_k = 1 } = options;
    const best = all.map((scores) => nonEmpty(top_k === null ? scores : scores.slice(0, top_k), 'a label'));
    return top_k === 1 || !Array.isArray(texts) ? best.flat() : best;
  }
  return Object.assign(classify as TextClassificationCall, {
    task,
    model,
    tokenizer,
    dispose: () => classifier.dispose(),
  });
}

/** The scores of all labels of every text, highest first. */
async function scoresOf(
  { model, tokens }: LoadedModel<'sequence-classification'>,
  tokenizer: Tokenizer,
  classifier: OpenProgram<TextRow, Float32Array>,
  texts: readonly ClassifiedText[],
  { top_k = 1, truncation = true, signal }: TextClassificationOptions,
): Promise<LabelScore[][]> {
  checkCount(`${task}: top_k`, top_k, 1, true);
  const { maxTokens } = tokens;
  const where = (at: number) => `text ${at}`;
  const length = truncation ? { max_length: maxTokens } : {};
  if (texts.some((text) => typeof text !== 'string')) checkPairs(task, tokenizer, model);
  const encode = (text: ClassifiedText, at: number) => {
    const [first, second] = sidesOf(text);
    const given = { texts: [first], ...(second !== undefined && { pairs: [second] }), where: () => where(at) };
    const { ids, typeIds, cut, empty } = encodeTexts(given, tokenizer, length);
    const own = firstOf(ids, 'a text');
    const marks = {
      ...(cut.size > 0 && { is_truncated: true as const }),
      ...(empty > 0 && { is_empty: true as const }),
    };
    return { example: at, size: own.length, ids: own, typeIds: typeIds?.[0], marks };
  };
  const encoded = await inSlices(texts, encode, signal);
  const long = encoded.find(({ size }) => size > maxTokens);
  if (long) {
    const { size: got, example } = long;
    throw new InputError(`text-classification: expected at most ${maxTokens} tokens, got ${got}, at ${where(example)}`);
  }
  const logits = await classifier.run(encoded, { signal });
  return inSlices(logits, (row, at) => {
    const scores = labelScores(row, model.labels, model.problemType);
    const { marks } = itemAt(encoded, at, 'a text');
    return scores.map((score) => ({ ...score, ...marks }));
  });
}
