import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import type { Experiment } from './experiment.ts';
import { attentionDilution } from './experiments/attention-dilution/run.ts';
import { comparison } from './experiments/comparison/run.ts';
import { depthWidth } from './experiments/depth-width/run.ts';
import { directions } from './experiments/directions/run.ts';
import { exposureBias } from './experiments/exposure-bias/run.ts';
import { gradientDistance } from './experiments/gradient-distance/run.ts';
import { heads } from './experiments/heads/run.ts';
import { length } from './experiments/length/run.ts';
import { positions } from './experiments/positions/run.ts';
import { residualNorm } from './experiments/residual-norm/run.ts';
import { scaledDotProduct } from './experiments/scaled-dot-product/run.ts';
import { timeLength } from './experiments/time-length/run.ts';

/** The experiments, in the order of the index page. Add one here, with its own folder. */
export const experiments: readonly Experiment[] = [
  gradientDistance,
  attentionDilution,
  scaledDotProduct,
  positions,
  heads,
  residualNorm,
  depthWidth,
  length,
  exposureBias,
  directions,
  timeLength,
  comparison,
];

/**
 * The experiments of these names; `all` means every one.
 *
 * @throws {InputError} when a name is unknown.
 */
export function experimentsNamed(names: readonly string[]): readonly Experiment[] {
  const known = experiments.map(({ name }) => name);
  const unknown = names.find((name) => name !== 'all' && !known.includes(name));
  if (unknown !== undefined)
    throw new InputError(
      `lab: expected all or one of ${known.join(', ')}, got "${unknown}"${didYouMean(unknown, ['all', ...known])}`,
    );
  return experiments.filter(({ name }) => names.includes('all') || names.includes(name));
}
