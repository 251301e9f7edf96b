import { firstOf } from '../../io/item-at.ts';
import type { ForwardResults } from '../../models/forward.ts';
import type { SequenceClassifier } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { float32Data } from '../../weights/tensor.ts';
import type { PreTrainedModel } from '../model/pre-trained-model.ts';
import { spanText } from '../question-answering/answer-place.ts';
import { encodeQuestion } from '../question-answering/question-window.ts';
import { bestSpan } from '../question-answering/span.ts';
import { labelScores } from '../text-classification/label-score.ts';

/** The most labels, or next tokens, that are named, and the most tokens of an answer. */
const [mostNamed, answerTokens] = [3, 30];

/** What a classifier of texts says. `logits`: [1, N]. */
function labelText({ labels, problemType }: SequenceClassifier, logits: Float32Array): string {
  const digits = problemType === 'regression' ? 4 : 3;
  return labelScores(logits, labels, problemType)
    .slice(0, mostNamed)
    .map(({ label, score }) => `${label} ${score.toFixed(digits)}`)
    .join(', ');
}

/** The scores of the tokenizer's tokens at a place. `logits`: [1, T, V]. */
function scoresAt(place: number, logits: Float32Array, count: number, tokenizer: Tokenizer): Float32Array {
  const width = logits.length / count;
  return logits.subarray(place * width, place * width + Math.min(width, tokenizer.vocabSize));
}

const labelsOf = (tokenizer: Tokenizer, ids: readonly number[]): string[] =>
  ids.flatMap((id) => tokenizer.tokenTexts([id]).map(({ label }) => label));

/** The likeliest token for every mask; undefined without one. `logits`: [1, T, V]. */
function maskText(tokenizer: Tokenizer, ids: readonly number[], logits: Float32Array): string | undefined {
  const best = ids.flatMap((id, at) => {
    if (id !== tokenizer.maskId) return [];
    const row = scoresAt(at, logits, ids.length, tokenizer);
    return [row.indexOf(Math.max(...row))];
  });
  return best.length === 0 ? undefined : labelsOf(tokenizer, best).join(' ');
}

/** The likeliest next tokens, with their probabilities. `logits`: [1, T, V]. */
function nextText(tokenizer: Tokenizer, ids: readonly number[], logits: Float32Array): string {
  const row = scoresAt(ids.length - 1, logits, ids.length, tokenizer);
  const most = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const total = row.reduce((sum, x) => sum + Math.exp(x - most), 0);
  const best = Array.from(row, (score, id) => ({ score, id })).sort((a, b) => b.score - a.score);
  return best
    .slice(0, mostNamed)
    .map(({ score, id }) => `${labelsOf(tokenizer, [id]).join('')} ${(Math.exp(score - most) / total).toFixed(3)}`)
    .join(', ');
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
export function outputText(
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
  if (loaded.role === 'causal') return nextText(tokenizer, ids, numbers);
  return loaded.role === 'masked-lm' ? maskText(tokenizer, ids, numbers) : undefined;
}
