/**
 * Length of the longest common subsequence of two token sequences.
 *
 * Source: Wagner & Fischer 1974.
 */
export function commonLength(a: readonly string[], b: readonly string[]): number {
  let above = new Uint32Array(b.length + 1);
  let row = new Uint32Array(b.length + 1);
  for (const token of a) {
    for (let j = 1; j <= b.length; j++) {
      row[j] = token === b[j - 1] ? above[j - 1] + 1 : Math.max(above[j], row[j - 1]);
    }
    [above, row] = [row, above];
  }
  return above[b.length];
}

/** Positions in `a` of one longest common subsequence, from last to first; see {@link commonPairs}. */
export const commonPositions = (a: readonly string[], b: readonly string[]): number[] =>
  commonPairs(a, b).map(([i]) => i);

/**
 * Positions in both of one longest common subsequence, [position in `a`, position in `b`] per token, last first. Memory
 * grows with the product of the lengths.
 *
 * If several are equally long: read from the end, it skips a token of `a` rather than one of `b`, unless that makes it
 * shorter. ROUGE-Lsum depends on this choice.
 */
export function commonPairs(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const [left, up] = [i * width + j - 1, (i - 1) * width + j];
      length[left + 1] = a[i - 1] === b[j - 1] ? length[up - 1] + 1 : Math.max(length[left], length[up]);
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      pairs.push([--i, --j]);
    } else if (length[i * width + j - 1] > length[(i - 1) * width + j]) j--;
    else i--;
  }
  return pairs;
}
