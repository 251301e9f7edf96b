/** A tagging scheme: its prefixes, and which may follow which. */
interface SpanRule {
  readonly prefixes: string;
  /** Prefixes that continue a span: they follow `B` or `I` of the same type. */
  readonly inner: string;
  /** Prefixes after which the span must continue. */
  readonly open: string;
}

/**
 * How tags mark spans of tokens: `B-PER I-PER O`, or with the last token and single tokens marked too.
 *
 * Source: Ramshaw & Marcus 1995 (in its later form, also called IOB2); Ratinov & Roth 2009 (also IOBES).
 */
const schemes = {
  BIO: { prefixes: 'BIO', inner: 'I', open: '' },
  BIOES: { prefixes: 'BIOES', inner: 'IE', open: 'BI' },
} satisfies Record<string, SpanRule>;

/** `none`: tags do not mark spans, as with parts of speech. */
export type SpanScheme = keyof typeof schemes | 'none';

/** The names of all schemes, `none` included. */
export const spanSchemes = [...Object.keys(schemes), 'none'] as SpanScheme[];

const partsOf = (tag: string): { readonly prefix: string; readonly type: string } => ({
  prefix: tag[0] ?? '',
  type: tag.slice(2),
});

const belongsTo = (tag: string, { prefixes }: SpanRule): boolean =>
  tag === 'O' || (/^[^O]-./su.test(tag) && prefixes.includes(tag[0]));

/** The scheme of these tags, judged from the tags alone; `none` if none of them marks a span. */
export function schemeOfTags(tags: readonly string[]): SpanScheme {
  if (tags.every((tag) => tag === 'O')) return 'none';
  const fitting = Object.entries(schemes).find(([, scheme]) => tags.every((tag) => belongsTo(tag, scheme)));
  return fitting ? (fitting[0] as SpanScheme) : 'none';
}

/** Tags that a scheme does not have. */
export const foreignTags = (tags: readonly string[], name: SpanScheme): string[] =>
  name === 'none' ? [] : tags.filter((tag) => !belongsTo(tag, schemes[name]));

/** Whether `next` may follow `before`. Undefined means the start or the end of the sequence. */
export function mayFollow(name: SpanScheme, before: string | undefined, next: string | undefined): boolean {
  if (name === 'none') return true;
  const { inner, open } = schemes[name];
  const [from, to] = [partsOf(before ?? 'O'), partsOf(next ?? 'O')];
  const goesOn = inner.includes(to.prefix);
  if (goesOn && !('BI'.includes(from.prefix) && from.type === to.type)) return false;
  return goesOn || !open.includes(from.prefix);
}

/** The tags of a span of a type over so many tokens. */
export function spanTags(name: SpanScheme, type: string, length: number): string[] {
  const isEnded = name === 'BIOES';
  if (isEnded && length === 1) return [`S-${type}`];
  return Array.from({ length }, (_, i) => `${i === 0 ? 'B' : isEnded && i === length - 1 ? 'E' : 'I'}-${type}`);
}
