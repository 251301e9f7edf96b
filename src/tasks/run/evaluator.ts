import type { Weights } from '../../train/run/average.ts';
import type { ScoredSet, Scores } from '../task.ts';

/** One call of an {@link Evaluator}. */
export interface ScoreCall {
  readonly weights: Weights;
  /** Whether these are the final weights; scores between updates may be fewer or cheaper. */
  readonly isFinal: boolean;
  /** Ends the scoring. */
  readonly signal?: AbortSignal | undefined;
}

/** Scores weights on sets of examples. Compiled once, for any weights; must be disposed of. */
export interface Evaluator<S> {
  /** Scores without prefix, `loss` first. */
  score(set: S, call: ScoreCall): Promise<Scores>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** Scores with the prefix of a set. */
export const withPrefix = (prefix: ScoredSet['prefix'], scores: Scores): Record<string, number | string> =>
  Object.fromEntries(Object.entries(scores).map(([name, score]) => [`${prefix}_${name}`, score]));
