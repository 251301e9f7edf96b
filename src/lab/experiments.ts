import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import { attentionDilution } from './attention-dilution.ts';
import { comparison } from './comparison.ts';
import { depthWidth } from './depth-width.ts';
import { directions } from './directions.ts';
import type { Experiment } from './experiment.ts';
import { exposureBias } from './exposure-bias.ts';
import { gradientDistance } from './gradient-distance.ts';
import { heads } from './heads.ts';
import { length } from './length.ts';
import { positions } from './positions.ts';
import { residualNorm } from './residual-norm.ts';
import { scaledDotProduct } from './scaled-dot-product.ts';
import { timeLength } from './time-length.ts';

/** The experiments, in the order of the index page. One is added here and in a file of its own. */
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
 * The experiments of these names; `all` stands for every one.
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
