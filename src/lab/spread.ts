import { max, mean, min } from 'd3-array';
import { InputError } from '../io/error.ts';

/** What several seeds gave for one number. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Mean and range over seeds.
 *
 * @throws {InputError} without a value, or when one is no finite number: an experiment never averages what failed.
 */
export function spreadOf(values: readonly number[]): Spread {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (values.length === 0) throw new InputError('spread: expected finite numbers, got none');
  if (wrong >= 0) throw new InputError(`spread: expected finite numbers, got ${values[wrong]}, at value ${wrong}`);
  return { mean: mean(values)!, min: min(values)!, max: max(values)! };
}

/** Geometric mean and range: for positive numbers whose order of magnitude varies, on a logarithmic axis. */
export function geometricSpread(values: readonly number[]): Spread {
  const { mean, min, max } = spreadOf(values.map(Math.log));
  return { mean: Math.exp(mean), min: Math.exp(min), max: Math.exp(max) };
}

/** The spread at every place of a curve. `runs`: a curve for each seed, all of one length. */
export const spreadCurve = (runs: readonly ArrayLike<number>[], spread = spreadOf): readonly Spread[] =>
  Array.from({ length: runs[0]?.length ?? 0 }, (_, i) => spread(runs.map((run) => run[i])));

/** `0.69 (0.65–0.72)`: mean and range. */
export const showSpread = ({ mean, min, max }: Spread, show: (value: number) => string): string =>
  show(min) === show(max) ? show(mean) : `${show(mean)} (${show(min)}–${show(max)})`;

/** Means of every `window` values in turn, the last of those that are left: what a noisy curve is drawn by. */
export const smoothed = (values: readonly number[], window: number): readonly number[] =>
  Array.from(
    { length: Math.ceil(values.length / window) },
    (_, i) => mean(values.slice(i * window, (i + 1) * window)) as number,
  );
