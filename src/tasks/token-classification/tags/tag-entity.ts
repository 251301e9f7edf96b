import { itemAt } from '../../../io/item-at.ts';
import { entitiesOf } from '../../../measure/tags/seqeval.ts';
import type { SpanScheme } from '../../../models/span-scheme.ts';
import type { PlacedWord } from '../../../text/word-splitter.ts';

/** A word and its tag, as transformers.js gives it. */
export interface TaggedToken {
  readonly entity: string;
  /** How sure the tag is, 0–1. */
  readonly score: number;
  /** Which word of the text it is, from 1. */
  readonly index: number;
  readonly word: string;
  /** Where it begins in the text, in UTF-16 units as indices of JavaScript's strings, and where it ends, the end not included. */
  readonly start: number;
  readonly end: number;
  /** Present and true where the word has more tokens than the model has positions: its first tokens are read. */
  readonly is_truncated?: true;
}

/** Words that are one thing, as Transformers (Python) gives them. */
export interface TaggedSpan {
  readonly entity_group: string;
  /** Mean over its words. */
  readonly score: number;
  /** The text from the first word to the last. */
  readonly word: string;
  /** Places as in {@link TaggedToken}. */
  readonly start: number;
  readonly end: number;
}

/** A text that has been tagged. */
export interface TaggedLine {
  /** As it was given; words given as a list with blanks between them. */
  readonly text: string;
  readonly words: readonly PlacedWord[];
  readonly tags: readonly { readonly label: string; readonly score: number }[];
  /** Words of which only the first tokens were read. */
  readonly cut: readonly number[];
  /** Parts that it was read in: more than one where it has more tokens than the model has positions. */
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

/** Neighbouring words put together: spans where tags mark such, by conlleval's reading; else words with one tag. */
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

/** Stretches of equal labels. */
function runsOf(labels: readonly string[]): Span[] {
  const spans: Span[] = [];
  labels.forEach((type, at) => {
    const last = spans.at(-1);
    if (last?.type === type) spans[spans.length - 1] = { ...last, end: at };
    else spans.push({ type, start: at, end: at });
  });
  return spans;
}

/** Spans, and between them what is outside of any. */
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
