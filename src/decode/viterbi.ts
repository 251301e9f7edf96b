/** A linear-chain CRF's scores as numbers: [K], [K·K] row-major (from, to), [K]. */
export interface ChainScores {
  readonly start: ArrayLike<number>;
  readonly transitions: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

/** May tag j stand after tag i? −1 is the place before the first tag and, as j, after the last. */
export type IsAllowed = (from: number, to: number) => boolean;

/**
 * The best tag sequence and its score. `emissions`: [T, K] row-major, T ≥ 1.
 *
 * With `isAllowed`, sequences that it forbids are left out; where it forbids all, it is as if it were absent.
 * Source: Viterbi 1967; of equal scores the lower tag wins.
 */
export function viterbi(
  emissions: ArrayLike<number>,
  scores: ChainScores,
  isAllowed: IsAllowed = () => true,
): { readonly tags: number[]; readonly score: number } {
  const { start, transitions, end } = scores;
  const count = start.length;
  const time = emissions.length / count;
  const tags = Array.from({ length: count }, (_, k) => k);
  const from = new Int32Array(time * count);
  let best = tags.map((k) => (isAllowed(-1, k) ? start[k] + emissions[k] : Number.NEGATIVE_INFINITY));
  for (let t = 1; t < time; t++) {
    best = tags.map((to) => {
      let most = Number.NEGATIVE_INFINITY;
      for (const at of tags) {
        const score = isAllowed(at, to) ? best[at] + transitions[at * count + to] : Number.NEGATIVE_INFINITY;
        if (score <= most) continue;
        most = score;
        from[t * count + to] = at;
      }
      return most + emissions[t * count + to];
    });
  }
  const last = tags.map((k) => (isAllowed(k, -1) ? best[k] + end[k] : Number.NEGATIVE_INFINITY));
  const score = Math.max(...last);
  if (score === Number.NEGATIVE_INFINITY) return viterbi(emissions, scores);
  let tag = last.indexOf(score);
  const path = [tag];
  for (let t = time - 1; t > 0; t--) {
    tag = from[t * count + tag];
    path.push(tag);
  }
  return { tags: path.reverse(), score };
}
