import type { ScoredSet, TaskRun } from './task.ts';

/** The validation set and the test set, if they exist, each scored by `of`. */
export const scoredSets = <S>(
  sets: { readonly eval: S | undefined; readonly test: S | undefined },
  of: (set: S) => Omit<ScoredSet, 'prefix'>,
): ScoredSet[] =>
  (['eval', 'test'] as const).flatMap((prefix) => {
    const set = sets[prefix];
    return set === undefined ? [] : [{ prefix, ...of(set) }];
  });

/** The evaluation between updates: all scores of the validation set; undefined without one. */
export function validationScores(scored: readonly ScoredSet[]): TaskRun['evaluate'] {
  const validation = scored.find(({ prefix }) => prefix === 'eval');
  return validation && (async (weights) => withPrefix('eval', await validation.score(weights)));
}

/** Scores with the prefix of a set. */
export const withPrefix = <V>(prefix: ScoredSet['prefix'], scores: Readonly<Record<string, V>>): Record<string, V> =>
  Object.fromEntries(Object.entries(scores).map(([name, score]) => [`${prefix}_${name}`, score]));
