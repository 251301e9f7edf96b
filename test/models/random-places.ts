/** Where a model is random in training. */
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import type { Model } from '../../src/models/model.ts';
import { Trace } from '../../src/nn/index.ts';

/** The paths of the random bytes of a training, and of what is drawn for it; of a model without a loss, of its outputs. */
export function randomPlaces(model: Model): string[] {
  const trace = new Trace({ isTraining: true, isTapped: false });
  if (model.terms.length > 0) traceLoss(trace.root, model);
  else model.outputs(trace.root, model.run(trace.root, graphInputs(model.inputs)));
  return [...trace.randoms.keys(), ...trace.draws.keys()].map((name) => name.replace('random/', ''));
}
