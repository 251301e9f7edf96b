import type { Entity, Tag } from './tag.ts';

/**
 * A pair of neighbouring tags: allowed prefixes of the first and of the second (`*` is any), and whether both have the
 * same type.
 */
type Pattern = readonly [before: string, next: string, types: 'same' | 'other' | 'any'];

/** The pairs at which an entity starts, continues and ends. */
export interface TagScheme {
  readonly prefixes: string;
  readonly start: readonly Pattern[];
  readonly inside: readonly Pattern[];
  readonly end: readonly Pattern[];
}

/** `begin` … `last` around the inside, `unit` for an entity of one token. */
const bracketed = (begin: string, last: string, unit: string): TagScheme => ({
  prefixes: `${begin}I${last}${unit}O`,
  start: [['*', begin + unit, 'any']],
  inside: [[`${begin}I`, `I${last}`, 'same']],
  end: [[last + unit, '*', 'any']],
});

/**
 * Tagging schemes, read strictly: an entity that breaks the rules of its scheme does not count.
 *
 * - `IOB1`: I everywhere, B only between neighbours of one type. `IOB2`: B starts every entity (CoNLL-2003 as it is
 *   used today).
 * - `IOE1`, `IOE2`: the same with E at the end. IOE1 is as incomplete as in seqeval: a span that ends in E before O is
 *   not an entity, nor is a single E.
 * - `IOBES` (begin, inside, end, single) and `BILOU` (begin, inside, last, unit) mark both sides.
 *
 * Source: Ramshaw & Marcus 1995; Tjong Kim Sang & Veenstra 1999; Ratinov & Roth 2009; the patterns are seqeval 1.2.2's.
 */
export const tagSchemes = {
  IOB1: {
    prefixes: 'BIO',
    start: [
      ['OB', 'I', 'any'],
      ['I', 'I', 'other'],
      ['BI', 'B', 'same'],
    ],
    inside: [['BI', 'I', 'same']],
    end: [
      ['BI', 'O', 'any'],
      ['I', 'B', 'any'],
      ['B', 'B', 'same'],
      ['BI', 'I', 'other'],
    ],
  },
  IOB2: {
    prefixes: 'BIO',
    start: [['*', 'B', 'any']],
    inside: [['BI', 'I', 'same']],
    end: [
      ['BI', 'BO', 'any'],
      ['BI', 'I', 'other'],
    ],
  },
  IOE1: {
    prefixes: 'IEO',
    start: [
      ['OE', 'I', 'any'],
      ['I', 'I', 'other'],
      ['E', 'E', 'same'],
    ],
    inside: [['I', 'IE', 'same']],
    end: [
      ['I', 'O', 'any'],
      ['I', 'IE', 'other'],
      ['E', 'IE', 'same'],
    ],
  },
  IOE2: {
    prefixes: 'IEO',
    start: [
      ['OE', 'IE', 'any'],
      ['I', 'IE', 'other'],
    ],
    inside: [['I', 'IE', 'same']],
    end: [['E', '*', 'any']],
  },
  IOBES: bracketed('B', 'E', 'S'),
  BILOU: bracketed('B', 'L', 'U'),
} satisfies Record<string, TagScheme>;

export type TagSchemeName = keyof typeof tagSchemes;

const outside: Tag = { prefix: 'O', type: '_' };

/** The entities of one sentence that follow the scheme. */
export function strictEntities(tags: readonly Tag[], scheme: TagScheme): Entity[] {
  const at = (i: number): Tag => tags[i] ?? outside;
  const entities: Entity[] = [];
  for (let i = 0; i < tags.length; ) {
    const start = i++;
    if (!matches(scheme.start, at(start - 1), at(start))) continue;
    while (matches(scheme.inside, at(i - 1), at(i))) i++;
    if (matches(scheme.end, at(i - 1), at(i))) entities.push({ type: at(start).type, start, end: i - 1 });
  }
  return entities;
}

function matches(patterns: readonly Pattern[], before: Tag, next: Tag): boolean {
  const has = (prefixes: string, { prefix }: Tag) => prefixes === '*' || prefixes.includes(prefix);
  const relation = before.type === next.type ? 'same' : 'other';
  return patterns.some(
    ([first, second, types]) => has(first, before) && has(second, next) && (types === 'any' || types === relation),
  );
}
