import { InputError } from '../io/error.ts';

/** The scores of a linear-chain CRF: [K], [K·K] row-major (from, to), [K]; −∞ forbids. */
export interface ChainScores {
  readonly start: ArrayLike<number>;
  readonly transitions: ArrayLike<number>;
  readonly end: ArrayLike<number>;
}

/** Whether tag j may follow tag i; −1 is the position before the first tag and, as j, after the last. */
export type IsAllowed = (from: number, to: number) => boolean;

interface Path {
  readonly tags: number[];
  readonly score: number;
}

/**
 * The best tag sequence and its score. `emissions`: [T, K] row-major, T ≥ 1.
 *
 * With `isAllowed`, forbidden sequences are excluded; if it forbids every possible one, it is ignored. Source: Viterbi
 * 1967; among equal scores the lower tag wins.
 * @throws {InputError} for sizes that differ, a score that is NaN or +∞, and when every sequence has a score of −∞.
 */
export function viterbi(emissions: ArrayLike<number>, scores: ChainScores, isAllowed: IsAllowed = () => true): Path {
  checkScores(emissions, scores);
  const path = bestPath(emissions, scores, isAllowed) ?? bestPath(emissions, scores, () => true);
  if (path) return path;
  throw new InputError(
    'viterbi: expected a tag sequence with a score above -Infinity, got none: every one is forbidden',
  );
}

/** The best of the allowed sequences with a score above −∞, if there is one. */
function bestPath(
  emissions: ArrayLike<number>,
  { start, transitions, end }: ChainScores,
  isAllowed: IsAllowed,
): Path | undefined {
  const count = start.length;
  const time = emissions.length / count;
  const tags = Array.from({ length: count }, (_, k) => k);
  /** For every step after the first, the best tag before each tag. */
  const from: Int32Array[] = [];
  let best = tags.map((k) => (isAllowed(-1, k) ? start[k]! + emissions[k]! : Number.NEGATIVE_INFINITY));
  for (let t = 1; t < time; t++) {
    const before = new Int32Array(count);
    best = tags.map((to) => {
      let most = Number.NEGATIVE_INFINITY;
      for (const at of tags) {
        const score = isAllowed(at, to) ? best[at]! + transitions[at * count + to]! : Number.NEGATIVE_INFINITY;
        if (score <= most) continue;
        most = score;
        before[to] = at;
      }
      return most + emissions[t * count + to]!;
    });
    from.push(before);
  }
  const last = best.map((score, k) => (isAllowed(k, -1) ? score + end[k]! : Number.NEGATIVE_INFINITY));
  const score = last.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (score === Number.NEGATIVE_INFINITY) return undefined;
  let tag = last.indexOf(score);
  const path = [tag];
  for (const before of from.reverse()) {
    tag = before[tag]!;
    path.push(tag);
  }
  return { tags: path.reverse(), score };
}

/** Refuses scores that cannot be compared. */
function checkScores(emissions: ArrayLike<number>, { start, transitions, end }: ChainScores): void {
  const count = start.length;
  if (emissions.length === 0 || emissions.length % count !== 0) {
    throw new InputError(`viterbi: expected emissions [T, K=${count}] with T ≥ 1, got ${emissions.length} numbers`);
  }
  const refuseSize = (name: string, { length }: ArrayLike<number>, size: number, shape: string) => {
    if (length !== size) throw new InputError(`viterbi: expected ${name} [${shape}], got ${length} numbers`);
  };
  refuseSize('transitions', transitions, count * count, `K=${count}, K=${count}`);
  refuseSize('end', end, count, `K=${count}`);
  const place = (i: number, row: string, column: string) => `${row} ${Math.floor(i / count)}, ${column} ${i % count}`;
  const refuse = (scores: ArrayLike<number>, where: (i: number) => string) => {
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!;
      if (score < Number.POSITIVE_INFINITY) continue;
      throw new InputError(`viterbi: expected a number or -Infinity, got ${score}, at ${where(i)}`);
    }
  };
  refuse(emissions, (i) => `the emission of ${place(i, 'step', 'tag')}`);
  refuse(start, (i) => `the start of tag ${i}`);
  refuse(transitions, (i) => `the transition from ${place(i, 'tag', 'to tag')}`);
  refuse(end, (i) => `the end of tag ${i}`);
}
