import { itemAt } from '../../../io/item-at.ts';
import { entitiesOf } from '../../../measure/tags/seqeval.ts';
import type { SpanScheme } from '../../../models/heads/fields/span-scheme.ts';
import type { PlacedWord } from '../../../text/words/splitter.ts';

/** A word and its tag, as in transformers.js. */
export interface TaggedToken {
  readonly entity: string;
  /** The probability of the tag. */
  readonly score: number;
  /** The position of the word in the text, from 1. */
  readonly index: number;
  readonly word: string;
  /** The range of the word in the text, `end` excluded, in UTF-16 units as JavaScript's string indices. */
  readonly start: number;
  readonly end: number;
  /** Present and true if the word has more tokens than the model has positions; only its first tokens are read. */
  readonly is_truncated?: true;
}

/** Words grouped to one entity, as in Transformers (Python). */
export interface TaggedSpan {
  readonly entity_group: string;
  /** Mean over its words. */
  readonly score: number;
  /** The text from the first word to the last. */
  readonly word: string;
  /** The range in the text, as in {@link TaggedToken}. */
  readonly start: number;
  readonly end: number;
}

/** A text that has been tagged. */
export interface TaggedLine {
  /** The original text; words given as a list are joined by blanks. */
  readonly text: string;
  readonly words: readonly PlacedWord[];
  readonly tags: readonly { readonly label: string; readonly score: number }[];
  /** Words of which only the first tokens were read. */
  readonly cut: readonly number[];
  /** The number of parts it was read in: more than one if it has more tokens than the model has positions. */
  readonly parts: number;
}

/** Every word with its tag. */
export const taggedTokens = ({ words, tags, cut }: TaggedLine): TaggedToken[] =>
  tags.map(({ label, score }, at) => ({
    entity: label,
    score,
    index: at + 1,
    ...itemAt(words, at, 'a word'),
    ...(cut.includes(at) && { is_truncated: true as const }),
  }));

/** Groups neighbouring words: spans, as conlleval reads them, if tags mark spans; else words with the same tag. */
export function taggedSpans({ text, words, tags }: TaggedLine, scheme: SpanScheme): TaggedSpan[] {
  const labels = tags.map(({ label }) => label);
  const spans = scheme === 'none' ? runsOf(labels) : withOutside(entitiesOf(labels), labels.length);
  return spans.map(({ type, start: first, end: last }) => {
    const { start } = itemAt(words, first, 'a word');
    const { end } = itemAt(words, last, 'a word');
    const scores = tags.slice(first, last + 1).map(({ score }) => score);
    const score = scores.reduce((sum, one) => sum + one, 0) / scores.length;
    return { entity_group: type, score, word: text.slice(start, end), start, end };
  });
}

interface Span {
  readonly type: string;
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/** Runs of equal labels. */
function runsOf(labels: readonly string[]): Span[] {
  const spans: Span[] = [];
  labels.forEach((type, at) => {
    const last = spans.at(-1);
    if (last?.type === type) spans[spans.length - 1] = { ...last, end: at };
    else spans.push({ type, start: at, end: at });
  });
  return spans;
}

/** Spans, and the runs between them that are outside of any span. */
function withOutside(spans: readonly Span[], length: number): Span[] {
  const all: Span[] = [];
  let next = 0;
  const outsideUpTo = (end: number) => {
    if (end > next) all.push({ type: 'O', start: next, end: end - 1 });
  };
  for (const span of spans) {
    outsideUpTo(span.start);
    all.push(span);
    next = span.end + 1;
  }
  outsideUpTo(length);
  return all;
}
