/** Where only the pooler is read, or the first token's vector, the last layer works on the first token alone. */
import { expect, test } from 'vitest';
import { elementCount, gradient, showShape, type Tensor, topological } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import { Trace } from '../../src/nn/index.ts';
import { lower } from '../../src/onnx/index.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { drawFloats } from '../ops/draw.ts';

const bert = {
  ...{ model_type: 'bert', hidden_size: 8, intermediate_size: 8, num_hidden_layers: 2, num_attention_heads: 2 },
};
const distilbert = { model_type: 'distilbert', dim: 8, hidden_dim: 8, n_layers: 2, n_heads: 2 };

/** The family of a class. */
const classes: Readonly<Record<string, object>> = {
  BertForSequenceClassification: bert,
  BertForNextSentencePrediction: bert,
  RobertaForSequenceClassification: { ...bert, model_type: 'roberta', type_vocab_size: 2 },
  DistilBertForSequenceClassification: distilbert,
  ElectraForSequenceClassification: { ...bert, model_type: 'electra', embedding_size: 6 },
  AlbertForSequenceClassification: { ...bert, model_type: 'albert', embedding_size: 6 },
};

const setupOf = (architecture: string) =>
  checkConfig(
    { vocab_size: 12, max_position_embeddings: 8, ...classes[architecture], architectures: [architecture] },
    'config.json',
  );

const feeds: Readonly<Record<string, HostTensor>> = {
  input_ids: { type: 'int32', shape: [2, 4], data: Int32Array.of(5, 6, 7, 8, 9, 10, 0, 0) },
  attention_mask: { type: 'int32', shape: [2, 4], data: Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0) },
  token_type_ids: { type: 'int32', shape: [2, 4], data: Int32Array.of(0, 0, 1, 1, 0, 0, 0, 0) },
  labels: { type: 'int32', shape: [2], data: Int32Array.of(0, 1) },
  'loss_scale/labels': { type: 'float32', shape: [], data: Float32Array.of(0.5) },
};

/** The loss and its gradients, and how many matrix products have a row for every token. */
async function traced(architecture: string, isTapped: boolean) {
  const setup = setupOf(architecture);
  const { root, parameters } = new Trace({ isTapped });
  const loss = traceLoss(root, setup.model);
  const trained = [...parameters];
  const made = gradient(
    loss,
    trained.map(([, { tensor }]) => tensor),
  );
  const found = Object.fromEntries(
    trained.flatMap(([name], i) => (made[i] ? [[`grad/${name}`, made[i] as Tensor]] : [])),
  );
  const numbers = [...modelParameters(setup)].map(([name, { shape }]): [string, HostTensor] => [
    name,
    { type: 'float32', shape, data: drawFloats(name, elementCount(shape)) },
  ]);
  const program = await nodeBackend().compile(lower({ loss, ...found }).bytes);
  const given = Object.entries({ ...Object.fromEntries(numbers), ...feeds });
  const results = await program.run(Object.fromEntries(given.filter(([name]) => program.inputs.includes(name))));
  await program.dispose();
  const products = topological([loss]).filter(
    ({ op, outputs }) => op.name === 'affine' && showShape(outputs[0]!.shape).includes('time'),
  );
  return { results, products: products.length };
}

test.each(Object.keys(classes))(
  '%s: loss and gradients are those of the whole pass, with fewer products over all tokens',
  async (architecture) => {
    const whole = await traced(architecture, true);
    const first = await traced(architecture, false);
    expect(Object.keys(first.results)).toEqual(Object.keys(whole.results));
    for (const [name, { data }] of Object.entries(whole.results) as [string, HostTensor][]) {
      const other = (first.results[name] as HostTensor).data;
      data.forEach((x, i) => expect(Number(other[i]), name).toBeCloseTo(Number(x), 5));
    }
    // Of the six products of the last layer, only those of keys and values are left.
    expect(whole.products - first.products).toBe(4);
  },
);

test('a trace with taps shows the last layer whole', () => {
  const { model } = setupOf('BertForSequenceClassification');
  const trace = new Trace();
  model.run(trace.root, graphInputs(model.inputs));
  expect(showShape(trace.taps.get('hidden_states.2')?.shape ?? [])).toBe('[batch, time, 8]');
});
