import type { SelfAttentionExample } from '../../inspect/self-attention-page.ts';
import { InputError } from '../../io/error.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { ForwardResults } from '../../models/forward.ts';
import { readsTokenTypes } from '../../models/inputs/input-spec.ts';
import type { SequenceClassifier } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { float32Data } from '../../weights/tensor.ts';
import { spanText } from '../question-answering/answer-place.ts';
import { encodeQuestion } from '../question-answering/question-window.ts';
import { bestSpan } from '../question-answering/span.ts';
import { labelScores } from '../text-classification/label-score.ts';
import type { PreTrainedModel } from './pre-trained-model.ts';
import { type ReadTokens, selfAttention } from './self-attention.ts';

/** Options of {@link selfAttentionExamples}. */
export interface SelfAttentionOptions {
  /** The second text of each pair, in the order of the texts. */
  readonly text_pairs?: readonly string[] | undefined;
}

/** Whether a model can tell the texts of a pair apart: by token types, or by a token between them. */
function tellsApart({ loaded }: PreTrainedModel, texts: ReadTokens['texts']): boolean {
  return readsTokenTypes(loaded.model.inputs) || texts.slice(0, texts.indexOf(1)).at(-1) === null;
}

/** The tokens of a text or a pair. */
function readTokens(model: PreTrainedModel, tokenizer: Tokenizer, text: string, pair?: string): ReadTokens {
  const isPair = pair !== undefined;
  const hasForm = !isPair || tokenizer.specialTokensToAdd.pair !== null;
  const { ids, type_ids, sequence_ids } = tokenizer.encoding(text, isPair && hasForm ? { text_pair: pair } : {});
  const texts = sequence_ids.map((id) => (id === 0 || id === 1 ? id : null));
  if (!hasForm || (isPair && !tellsApart(model, texts))) {
    throw new InputError(`${model.loaded.name}: the model reads one text, not a pair: nothing tells two texts apart`);
  }
  return { ids, type_ids, labels: tokenizer.tokenTexts(ids).map(({ label }) => label), texts };
}

/** The most labels that are named, and the most tokens of an answer. */
const [mostLabels, answerTokens] = [3, 30];

/** What a classifier of texts says. `logits`: [1, N]. */
function labelText({ labels, problemType }: SequenceClassifier, logits: Float32Array): string {
  const digits = problemType === 'regression' ? 4 : 3;
  return labelScores(logits, labels, problemType)
    .slice(0, mostLabels)
    .map(({ label, score }) => `${label} ${score.toFixed(digits)}`)
    .join(', ');
}

/** The likeliest token for every mask; undefined without one. `logits`: [1, T, V]. */
function maskText(tokenizer: Tokenizer, ids: readonly number[], logits: Float32Array): string | undefined {
  const width = logits.length / ids.length;
  const best = ids.flatMap((id, at) => {
    if (id !== tokenizer.maskId) return [];
    const row = logits.subarray(at * width, at * width + Math.min(width, tokenizer.vocabSize));
    return [row.indexOf(Math.max(...row))];
  });
  if (best.length === 0) return undefined;
  return tokenizer
    .tokenTexts(best)
    .map(({ label }) => label)
    .join(' ');
}

/** The answer to a question about the second text of a pair. */
function answerText(tokenizer: Tokenizer, question: string, context: string, results: ForwardResults): string {
  const whole = { max_length: Number.POSITIVE_INFINITY, doc_stride: 0 };
  const { windows, tokens } = encodeQuestion({ question, context, example: 0 }, tokenizer, whole, 'inspect');
  const [start, end] = (['start_logits', 'end_logits'] as const).map((name) => {
    const found = results.get(name);
    return found ? float32Data(found, name) : new Float32Array();
  }) as [Float32Array, Float32Array];
  const span = bestSpan(firstOf(windows, 'a window'), { start, end }, answerTokens);
  return spanText(context, tokens, span);
}

/** What a model says about a text or a pair; undefined if it has no head for that. */
function outputText(
  { loaded }: PreTrainedModel,
  tokenizer: Tokenizer,
  { ids, text, pair }: { readonly ids: readonly number[]; readonly text: string; readonly pair: string | undefined },
  results: ForwardResults,
): string | undefined {
  if (loaded.role === 'question-answering' && pair !== undefined) return answerText(tokenizer, text, pair, results);
  const logits = results.get('logits');
  if (!logits) return undefined;
  const numbers = float32Data(logits, 'logits');
  if (loaded.role === 'sequence-classification') return labelText(loaded.model, numbers);
  return loaded.role === 'masked-lm' ? maskText(tokenizer, ids, numbers) : undefined;
}

/**
 * Runs an encoder, with any head, on texts or pairs and records the self-attention of every layer and head. A classifier
 * of texts also says what it predicts, a masked language model which tokens its masks are, a question-answering model
 * which part of the second text answers the first.
 *
 * @throws {InputError} for a text with more tokens than the model has positions, a model without self-attention, or a
 *   pair that the tokenizer or the model has no form for.
 */
export async function selfAttentionExamples(
  { model, tokenizer }: { readonly model: PreTrainedModel; readonly tokenizer: Tokenizer },
  texts: readonly string[],
  { text_pairs: pairs }: SelfAttentionOptions = {},
): Promise<SelfAttentionExample[]> {
  if (pairs && pairs.length !== texts.length) {
    throw new InputError(`inspect: expected as many second texts as texts, ${texts.length}, got ${pairs.length}`);
  }
  const examples: SelfAttentionExample[] = [];
  for (const [at, input] of texts.entries()) {
    const pair = pairs && itemAt(pairs, at, 'a second text');
    const tokens = readTokens(model, tokenizer, input, pair);
    const { results, ...attention } = await selfAttention(model, tokens, `inspect: text ${at}`);
    examples.push({
      input,
      pair,
      output: outputText(model, tokenizer, { ids: tokens.ids, text: input, pair }, results),
      ...attention,
    });
  }
  return examples;
}
