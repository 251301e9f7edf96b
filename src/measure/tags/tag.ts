import { InputError } from '../../io/error.ts';

/** A parsed tag: `B-PER` is B and PER. */
export interface Tag {
  /** `O` outside entities. */
  readonly prefix: string;
  /** `_` if there is none: `O`, or `B` alone. */
  readonly type: string;
}

/** A span of tokens of one type, from `start` to `end` inclusive. */
export interface Entity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Parses tags.
 *
 * @throws {InputError} for a tag that is neither `O` nor one of `prefixes`, alone or with a hyphen and a type. seqeval
 *   only warns about such a tag, or takes its first letter as the prefix.
 */
export function parseTags(tags: readonly string[], prefixes: string, where: string): Tag[] {
  return tags.map((tag, i) => {
    const [prefix, type] = [tag[0], tag.slice(2)];
    const isPrefix = prefix !== undefined && prefixes.includes(prefix);
    if (isPrefix && tag.length === 1) return { prefix, type: '_' };
    if (isPrefix && prefix !== 'O' && tag[1] === '-' && type !== '') return { prefix, type };
    const known = [...prefixes.replace('O', '')].map((letter) => `${letter}-TYPE`).join(', ');
    throw new InputError(`${where}: expected tags O, ${known}, got "${tag}", at tag ${i + 1}`);
  });
}

/**
 * The entities of one sentence as the CoNLL script reads them, in any scheme: a run of tags of one type, broken before
 * B and S and after E and S. An I after O starts an entity too.
 *
 * Source: conlleval.pl (Tjong Kim Sang & De Meulder 2003); seqeval 1.2.2, `get_entities`.
 */
export function lenientEntities(tags: readonly Tag[]): Entity[] {
  const entities: Entity[] = [];
  for (const [i, { prefix, type }] of tags.entries()) {
    if (prefix === 'O') continue;
    const before: Tag | undefined = tags[i - 1];
    const goesOn = before?.type === type && 'BI'.includes(before.prefix) && 'IE'.includes(prefix);
    const start = goesOn ? entities.pop()!.start : i;
    entities.push({ type, start, end: i });
  }
  return entities;
}
