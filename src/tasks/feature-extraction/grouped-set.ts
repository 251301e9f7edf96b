import type { RandomStream } from '../../data/batch/shuffle.ts';
import { itemAt } from '../../io/item-at.ts';
import type { TextRow } from '../model/text-batch.ts';
import type { RowSet } from '../run/encoded-row.ts';

/** A text as tokens. Texts of one group mean the same: none of them is a negative of another. */
export interface GroupedRow extends TextRow {
  /** The number of its label, or for pairs of its text. */
  readonly group: number;
}

/** Texts that belong together: rows 2i and 2i + 1 of pairs, or rows of one label. */
export interface GroupedSet extends RowSet<GroupedRow> {
  readonly kind: 'pairs' | 'labels';
  /** The number of texts that are cut, and of those that have only special tokens. */
  readonly truncated: number;
  readonly empty: number;
  /** The number of texts that are the only ones of their label. */
  readonly alone: number;
}

/** The rows of two texts that belong together. */
export interface Pair {
  readonly anchor: number;
  readonly positive: number;
}

/** The rows of each group, in order. */
export function rowsByGroup(rows: readonly GroupedRow[]): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const [at, { group }] of rows.entries()) {
    const others = found.get(group);
    if (others) others.push(at);
    else found.set(group, [at]);
  }
  return found;
}

/**
 * The pairs of a set: its own, or every text with another one of its label, drawn at random, without `random` the next
 * one. A text that is the only one of its label is in no pair.
 */
export function pairsOf({ kind, rows }: Pick<GroupedSet, 'kind' | 'rows'>, random?: RandomStream): Pair[] {
  if (kind === 'pairs') {
    return Array.from({ length: rows.length / 2 }, (_, at) => ({ anchor: 2 * at, positive: 2 * at + 1 }));
  }
  const partners = new Map<number, number>();
  for (const own of rowsByGroup(rows).values()) {
    if (own.length < 2) continue;
    for (const [at, row] of own.entries()) {
      const step = random ? 1 + random.below(own.length - 1) : 1;
      partners.set(row, itemAt(own, (at + step) % own.length, 'a text'));
    }
  }
  return [...rows.keys()].flatMap((anchor) => {
    const positive = partners.get(anchor);
    return positive === undefined ? [] : [{ anchor, positive }];
  });
}

/** The groups of both texts of pairs, row by row, [pairs, 2]. */
export const groupsOf = (rows: readonly GroupedRow[], pairs: readonly Pair[]): Int32Array =>
  Int32Array.from(
    pairs.flatMap(({ anchor, positive }) => [anchor, positive].map((row) => itemAt(rows, row, 'a text').group)),
  );
