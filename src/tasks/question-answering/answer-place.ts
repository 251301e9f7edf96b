import { codePoints } from '../../text/code-points.ts';
import type { ContextTokens, QuestionWindow } from './question-window.ts';

/** The first and the last token of an answer. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

/** The tokens of a context that hold a part of it, in code points; undefined if none does. */
export function tokensOf({ starts, ends }: ContextTokens, start: number, end: number): TokenSpan | undefined {
  const holds = (from: number, at: number): boolean => from < end && (ends[at] ?? 0) > start;
  const first = starts.findIndex(holds);
  return first < 0 ? undefined : { start: first, end: starts.findLastIndex(holds) };
}

/** Where start and end are in a window: at the tokens of the answer if it has all of them, otherwise at its null place. */
export function placeIn({ nullPlace, first, from, count }: QuestionWindow, answer: TokenSpan | undefined): TokenSpan {
  const isInside = answer !== undefined && answer.start >= from && answer.end < from + count;
  if (!isInside) return { start: nullPlace, end: nullPlace };
  return { start: first + answer.start - from, end: first + answer.end - from };
}

/** The part of a context that a span of its tokens covers. */
export const spanText = (context: string, { starts, ends }: ContextTokens, { start, end }: TokenSpan): string =>
  codePoints(context).slice(starts[start] ?? 0, ends[end] ?? 0);
