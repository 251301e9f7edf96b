import { sameMeaning } from './synonym.ts';

/**
 * Edit distance with insertions, deletions, substitutions and swaps of neighbouring characters.
 *
 * Source: Damerau 1964; the restricted form, in which no substring is edited twice.
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

/** The value of a cell; cells outside the table are infinite. */
const edits = (row: readonly number[], j: number): number => row[j] ?? Number.POSITIVE_INFINITY;

/** The most edits that still count as a typo. */
const longestSlip = 8;

/** The known name that `found` is probably a typo of, or undefined. */
export function nearestName(found: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(longestSlip, Math.max(1, Math.floor(found.length / 3))) + 1;
  for (const name of known) {
    // Names whose lengths differ this much are not typos of each other, and a hostile name can be megabytes long.
    if (Math.abs(name.length - found.length) >= least) continue;
    const distance = editDistance(found.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

const suggestion = (names: readonly string[]): string =>
  names.length > 0 ? `; did you mean ${names.map((name) => `"${name}"`).join(' or ')}?` : '';

/** `; did you mean "hidden_size"?`, or an empty string if no known name is near. */
export function didYouMean(found: string, known: Iterable<string>): string {
  const near = nearestName(found, known);
  return suggestion(near === undefined ? [] : [near]);
}

/** As {@link didYouMean}, for fields: first other toolkits' synonyms of `found`, then typos. */
export function didYouMeanField(found: string, known: readonly string[]): string {
  const same = sameMeaning(found, known);
  return same.length > 0 ? suggestion(same) : didYouMean(found, known);
}
