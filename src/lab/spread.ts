import { max, mean, min } from 'd3-array';
import { InputError } from '../io/error.ts';

/** One number over several seeds. */
export interface Spread {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Mean and range over seeds.
 *
 * @throws {InputError} without a value, or when one is not a finite number: an experiment never averages failures.
 */
export function spreadOf(values: readonly number[]): Spread {
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (values.length === 0) throw new InputError('spread: no values');
  if (wrong >= 0) throw new InputError(`spread: expected finite numbers, got ${values[wrong]}, at value ${wrong}`);
  return { mean: mean(values)!, min: min(values)!, max: max(values)! };
}

/** Geometric mean and range: for positive numbers whose order of magnitude varies, on a logarithmic axis. */
export function geometricSpread(values: readonly number[]): Spread {
  const { mean, min, max } = spreadOf(values.map(Math.log));
  return { mean: Math.exp(mean), min: Math.exp(min), max: Math.exp(max) };
}

/** The spread at every point of a curve. `runs`: one curve per seed, all of the same length. */
export const spreadCurve = (runs: readonly ArrayLike<number>[], spread = spreadOf): readonly Spread[] =>
  Array.from({ length: runs[0]?.length ?? 0 }, (_, i) => spread(runs.map((run) => run[i])));

/** `0.69 (0.65–0.72)`: mean and range. */
export const showSpread = ({ mean, min, max }: Spread, show: (value: number) => string): string =>
  show(min) === show(max) ? show(mean) : `${show(mean)} (${show(min)}–${show(max)})`;

/** Means of consecutive groups of `window` values, the last group possibly shorter, to smooth a noisy curve. */
export const smoothed = (values: readonly number[], window: number): readonly number[] =>
  Array.from(
    { length: Math.ceil(values.length / window) },
    (_, i) => mean(values.slice(i * window, (i + 1) * window)) as number,
  );
