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

/** The range in a context, in UTF-16 units, that a span of its tokens covers, without the blanks around it. */
export function spanRange(
  context: string,
  { starts, ends }: ContextTokens,
  span: TokenSpan,
  points = codePoints(context),
) {
  const from = points.unitOf(starts[span.start] ?? 0);
  const text = context.slice(from, points.unitOf(ends[span.end] ?? 0));
  const start = from + text.length - text.trimStart().length;
  return { start, end: start + text.trim().length };
}

/** The part of a context that a span of its tokens covers. */
export function spanText(context: string, tokens: ContextTokens, span: TokenSpan): string {
  const { start, end } = spanRange(context, tokens, span);
  return context.slice(start, end);
}
