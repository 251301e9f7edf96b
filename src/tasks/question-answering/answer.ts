import { itemAt } from '../../io/item-at.ts';
import { codePoints } from '../../text/code-points.ts';
import { spanRange } from './answer-place.ts';
import type { EncodedQuestion } from './question-window.ts';
import { type EndNumbers, likeliestSpans } from './span.ts';

/** An answer, as in Transformers. */
export interface Answer {
  /** The product of the probabilities of its first and its last token. */
  readonly score: number;
  /** Its range in the context, `end` excluded, in UTF-16 units as JavaScript's string indices. */
  readonly start: number;
  readonly end: number;
  /** Its text; empty if the context has no answer. */
  readonly answer: string;
}

/** How answers are chosen. */
export interface AnswerChoice {
  readonly top_k: number;
  readonly max_answer_len: number;
  readonly handle_impossible_answer: boolean;
  readonly align_to_words: boolean;
}

/** Probabilities of the tokens that may be an end: those of the context, and the one for no answer. */
function probabilities(logits: Float32Array, isAllowed: (place: number) => boolean): Float32Array {
  const most = logits.reduce(
    (best, logit, at) => (isAllowed(at) ? Math.max(best, logit) : best),
    Number.NEGATIVE_INFINITY,
  );
  const weights = logits.map((logit, at) => (isAllowed(at) ? Math.exp(logit - most) : 0));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The best answers to a question over all its windows, best first. Answers with the same text, in any case, count
 * together.
 *
 * Source: transformers 4.57.3 pipelines/question_answering.py, the last version with this pipeline.
 * @param hasNullToken whether the token for no answer is one of its own, such as `[CLS]`, and not one of the question.
 */
export function answersTo(
  context: string,
  { windows, tokens }: EncodedQuestion,
  logits: readonly EndNumbers[],
  { top_k, max_answer_len: longest, handle_impossible_answer: mayBeNone, align_to_words }: AnswerChoice,
  hasNullToken: boolean,
): Answer[] {
  const points = codePoints(context);
  const count = align_to_words ? 2 * top_k + 10 : top_k;
  const found = new Map<string, { score: number; start: number; end: number; answer: string }>();
  let none = Number.POSITIVE_INFINITY;
  windows.forEach((window, at) => {
    const { first, from, count: inWindow, nullPlace } = window;
    const isAllowed = (place: number): boolean =>
      (place >= first && place < first + inWindow) || (place === nullPlace && (hasNullToken || mayBeNone));
    const own = itemAt(logits, at, 'a window');
    const start = probabilities(own.start, isAllowed);
    const end = probabilities(own.end, isAllowed);
    none = Math.min(none, (start[nullPlace] ?? 0) * (end[nullPlace] ?? 0));
    for (const span of likeliestSpans(window, { start, end }, { longest, count })) {
      let [one, other] = [span.start, span.end];
      if (align_to_words) {
        const { words } = tokens;
        while (one > from && words[one - 1] === words[one]) one--;
        while (other + 1 < from + inWindow && words[other + 1] === words[other]) other++;
      }
      const range = spanRange(context, tokens, { start: one, end: other }, points);
      const answer = context.slice(range.start, range.end);
      const same = found.get(answer.toLowerCase());
      if (same) same.score += span.score;
      else found.set(answer.toLowerCase(), { score: span.score, ...range, answer });
    }
  });
  const all: Answer[] = [...found.values()];
  if (mayBeNone) all.push({ score: none, start: 0, end: 0, answer: '' });
  return all.sort((a, b) => b.score - a.score).slice(0, top_k);
}
