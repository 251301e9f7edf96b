import { itemAt } from '../../io/item-at.ts';
import type { TokenSpan } from './answer-place.ts';
import type { QuestionWindow } from './question-window.ts';

/** A span of the context's tokens, and how likely it is the answer. */
export interface ScoredSpan extends TokenSpan {
  readonly score: number;
}

/** Numbers for every token of a row, as the first and as the last of the answer. */
export interface EndNumbers {
  readonly start: Float32Array;
  readonly end: Float32Array;
}

type Context = Pick<QuestionWindow, 'first' | 'from' | 'count'>;

/**
 * Calls `visit` with every span of at most `longest` tokens in the window's context: places in the row.
 */
function everySpan({ first, count }: Context, longest: number, visit: (start: number, end: number) => void): void {
  for (let start = first; start < first + count; start++) {
    const beyond = Math.min(start + longest, first + count);
    for (let end = start; end < beyond; end++) visit(start, end);
  }
}

/** The span whose two logits have the largest sum. */
export function bestSpan(window: Context, { start: starts, end: ends }: EndNumbers, longest: number): ScoredSpan {
  let best = { start: window.first, end: window.first, score: Number.NEGATIVE_INFINITY };
  everySpan(window, longest, (start, end) => {
    const score = itemAt(starts, start, 'a token') + itemAt(ends, end, 'a token');
    if (score > best.score) best = { start, end, score };
  });
  return inContext(window, best);
}

/** The `count` spans whose two probabilities have the largest product, best first. */
export function likeliestSpans(
  window: Context,
  { start: starts, end: ends }: EndNumbers,
  { longest, count }: { readonly longest: number; readonly count: number },
): ScoredSpan[] {
  const spans: ScoredSpan[] = [];
  everySpan(window, longest, (start, end) => {
    spans.push({ start, end, score: itemAt(starts, start, 'a token') * itemAt(ends, end, 'a token') });
  });
  return spans
    .sort((a, b) => b.score - a.score)
    .slice(0, count)
    .map((span) => inContext(window, span));
}

/** A span with the tokens' numbers in the context. */
const inContext = ({ first, from }: Context, { start, end, score }: ScoredSpan): ScoredSpan => ({
  start: start - first + from,
  end: end - first + from,
  score,
});
