/** How often each n-gram occurs. */
export type NgramCounts = Map<string, number>;

/**
 * Counts the n-grams of orders 1 to `maxOrder`, one map per order.
 *
 * `joiner` separates the units of a key; for words it must not occur in a word.
 */
export function countNgrams(units: readonly string[], maxOrder: number, joiner: string): NgramCounts[] {
  const orders: NgramCounts[] = [];
  let grams = units.slice();
  for (let n = 1; n <= maxOrder; n++) {
    if (n > 1)
      grams = grams.slice(0, Math.max(0, units.length - n + 1)).map((gram, i) => gram + joiner + units[i + n - 1]);
    const counts: NgramCounts = new Map();
    for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
    orders.push(counts);
  }
  return orders;
}

/** Number of n-grams, repeats included. */
export function totalCount(counts: NgramCounts): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

/** Number of n-grams of `hypothesis` found in `reference`, each counted at most as often as it occurs there. */
export function clippedMatches(hypothesis: NgramCounts, reference: NgramCounts): number {
  let matches = 0;
  for (const [gram, count] of hypothesis) matches += Math.min(count, reference.get(gram) ?? 0);
  return matches;
}
