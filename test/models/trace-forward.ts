/** A whole forward pass of a model as one tensor. */
import type { Tensor } from '../../src/graph/index.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import type { Model } from '../../src/models/model.ts';
import type { Trace } from '../../src/nn/index.ts';

/** An encoder's vectors, or logits. */
export function traceForward({ root }: Trace, { model }: { readonly model: Model }): Tensor {
  const outputs = model.outputs(root, model.run(root, graphInputs(model.inputs)));
  return outputs.logits ?? outputs.last_hidden_state;
}
