import { constantTensor, gradient, input, mulDim, reshape, type Tensor as Symbolic, sum } from '../graph/index.ts';
import { InputError } from '../io/error.ts';
import { Trace } from '../nn/index.ts';
import { lower } from '../onnx/index.ts';
import { cast, crossEntropy, div, less } from '../ops/index.ts';
import type { Backend, HostTensor } from '../runtime/backend.ts';
import { float32Tensor, type Tensor } from '../weights/tensor.ts';
import { inRole } from './family.ts';
import { traceSequenceToSequence } from './forward-graph.ts';
import { forwardInputs } from './forward-input.ts';
import type { LoadedModel } from './load.ts';

/** Options of a forward pass. */
export interface ForwardOptions {
  /** Also d loss / d parameter; needs labels. */
  readonly gradients?: boolean;
}

/** Mean cross entropy of the labels that are not negative. `logits`: [batch, target, V], `labels`: int32 [batch·target] → []. */
function meanCrossEntropy(logits: Symbolic, labels: Symbolic): Symbolic {
  const [batch, target, classes] = logits.shape;
  const each = crossEntropy(reshape(logits, { shape: [mulDim(batch, target), classes] }), labels, {});
  const isCounted = cast(less(constantTensor(-1, [], 'int32'), labels), { dtype: 'float' });
  return div(sum(each, { axes: [0] }), sum(isCounted, { axes: [0] }));
}

/**
 * The graph of a whole forward pass with everything it shows, and optionally the loss and its gradients. Its sizes are
 * symbolic: lowered once, it serves every batch. Dropout is off.
 */
export function forwardGraph(
  { model }: Pick<LoadedModel<'sequence-to-sequence'>, 'model'>,
  { hasLabels = false, gradients = false }: { readonly hasLabels?: boolean; readonly gradients?: boolean } = {},
): Record<string, Symbolic> {
  const trace = new Trace();
  const logits = traceSequenceToSequence(trace, model, { hasDecoderMask: true });
  const outputs: Record<string, Symbolic> = { logits, ...Object.fromEntries(trace.taps) };
  if (!hasLabels) return outputs;
  const [batch, target] = logits.shape;
  const loss = meanCrossEntropy(logits, input('labels', [mulDim(batch, target)], 'int32'));
  outputs.loss = loss;
  if (!gradients) return outputs;
  const trained = [...trace.parameters].filter(([, { isTrained }]) => isTrained);
  const found = gradient(
    loss,
    trained.map(([, { tensor }]) => tensor),
  );
  trained.forEach(([name], i) => {
    const g = found[i];
    if (g) outputs[`grad/${name}`] = g;
  });
  return outputs;
}

/**
 * Runs a model once on given tensors and returns everything: `logits`, `encoder_hidden_states.0` …,
 * `decoder_hidden_states.0` …, `encoder_attentions.0` …, `decoder_attentions.0` …, `cross_attentions.0` …; with labels
 * also `loss` ([]), and with `gradients` `grad/NAME` by the checkpoint's names: a tied tensor once, without buffers and
 * parameters that the loss does not depend on.
 *
 * @param inputs see {@link forwardInputs}.
 * @throws {InputError} when the model is not an encoder–decoder, the inputs do not fit it, or gradients are wanted
 *   without labels.
 */
export async function forward(
  model: LoadedModel,
  inputs: ReadonlyMap<string, Tensor>,
  backend: Backend,
  { gradients = false }: ForwardOptions = {},
): Promise<Map<string, Tensor>> {
  const loaded = inRole(model, 'sequence-to-sequence', model.name);
  const { feeds, labels } = forwardInputs(inputs, loaded.tokens);
  if (gradients && !labels) throw new InputError('inputs: gradients need labels');
  const lowered = lower(forwardGraph(loaded, { hasLabels: labels !== undefined, gradients }));
  const all: Record<string, HostTensor> = { ...feeds, ...(labels && { labels }) };
  for (const [name, tensor] of lowered.inputs) {
    const data = loaded.parameters.get(name);
    if (data) all[name] = { type: 'float32', shape: tensor.shape.map(Number), data };
  }
  const program = await backend.compile(lowered.bytes);
  try {
    const read = Object.entries(all).filter(([name]) => lowered.inputs.has(name));
    const results = await program.run(Object.fromEntries(read));
    return new Map(
      Object.entries(results).map(([name, tensor]) => {
        if (!('data' in tensor) || !(tensor.data instanceof Float32Array))
          throw new Error(`forward: ${name} is not a float tensor`);
        return [name, float32Tensor(tensor.shape, tensor.data)];
      }),
    );
  } finally {
    await program.dispose();
  }
}
