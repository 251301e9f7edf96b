import { add, type Tensor } from '../../../graph/index.ts';
import { InputError } from '../../../io/error.ts';
import { lossScaleName, type Scope } from '../../../nn/index.ts';
import { graphInputs, type HostFeeds, type Named } from '../../inputs/input-spec.ts';
import type { Model } from '../../model.ts';
import type { LossOptions } from './term.ts';

/**
 * The loss of a model's labels: the sum of its terms, [].
 *
 * Inputs: the model's, those of its terms, and `loss_scale/NAME`.
 * @param given the model's inputs; by default those of the graph, without optional ones.
 */
export function traceLoss(
  root: Scope,
  model: Pick<Model, 'inputs' | 'run' | 'terms' | 'corrupt'>,
  options: LossOptions = {},
  given: Named = graphInputs(model.inputs),
): Tensor {
  const pass = model.run(root, model.corrupt?.(root, given, options) ?? given);
  return root.section('loss', () =>
    model.terms.map((term) => term.sum(root, pass, options)).reduce((a, b) => add(a, b)),
  );
}

/**
 * The inputs of a model's terms with their scales, for one pass alone.
 *
 * @throws {InputError} when nothing counts for a term, whose mean does not exist.
 */
export function passLossFeeds({ terms }: Pick<Model, 'terms'>, given: HostFeeds): HostFeeds {
  const each = terms.map((term): HostFeeds => {
    const { feeds, count } = term.feeds(given);
    if (count === 0) throw new InputError(`inputs ${term.name}: expected one that counts in the loss, got none`);
    return { ...feeds, [lossScaleName(term.name)]: { type: 'float32', shape: [], data: Float32Array.of(1 / count) } };
  });
  return Object.assign({}, ...each);
}
