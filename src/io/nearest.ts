import { sameMeaning } from './synonym.ts';

/**
 * Edit distance with insertions, deletions, substitutions and swaps of neighbours.
 *
 * Source: Damerau 1964; the restricted form, in which no stretch is edited twice.
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        edits(next, j - 1) + 1,
        edits(row, j) + 1,
        edits(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? edits(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return edits(row, b.length);
}

/** What a cell of the table holds; from outside it no edit leads in. */
const edits = (row: readonly number[], j: number): number => row[j] ?? Number.POSITIVE_INFINITY;

/** Most edits that are still taken for a slip. */
const longestSlip = 8;

/** The known name that another is a slip of, undefined when none is near. */
export function nearestName(found: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(longestSlip, Math.max(1, Math.floor(found.length / 3))) + 1;
  for (const name of known) {
    // Names of such different lengths are no slip of each other, and a hostile one may be megabytes long.
    if (Math.abs(name.length - found.length) >= least) continue;
    const distance = editDistance(found.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

const suggestion = (names: readonly string[]): string =>
  names.length > 0 ? `; did you mean ${names.map((name) => `"${name}"`).join(' or ')}?` : '';

/** `; did you mean "hidden_size"?`, or nothing when no known name is near. */
export function didYouMean(found: string, known: Iterable<string>): string {
  const near = nearestName(found, known);
  return suggestion(near === undefined ? [] : [near]);
}

/** As {@link didYouMean}, of fields: first what other toolkits call `found`, then what it may be a slip of. */
export function didYouMeanField(found: string, known: readonly string[]): string {
  const same = sameMeaning(found, known);
  return same.length > 0 ? suggestion(same) : didYouMean(found, known);
}
