/** BigBird: a text is attended to in blocks if it is long, and one program has one form. */
import { expect, test } from 'vitest';
import { gradient, type Tensor as Symbolic, sizeOf, topological } from '../../src/graph/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { modelCost } from '../../src/models/folder/cost.ts';
import { ForwardPasses, forward, forwardInputs } from '../../src/models/forward.ts';
import { traceLoss } from '../../src/models/heads/terms/loss.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import { forLength } from '../../src/models/text-length.ts';
import { Trace } from '../../src/nn/index.ts';
import { lower } from '../../src/onnx/index.ts';
import type { HostTensor } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { textFeeds } from '../../src/tasks/model/text-batch.ts';
import { float32Data, float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { largestDifference, largestEntry } from './golden.ts';
import { goldenModel } from './golden-model.ts';
import { randomPlaces } from './random-places.ts';

const golden = await goldenModel('big_bird_mlm');

test('training on the random blocks of Transformers has its loss and its gradients', async () => {
  const { loaded, cases, of } = golden;
  const trace = new Trace({ isTraining: true, isTapped: false });
  const name = 'train_random_blocks';
  const loss = traceLoss(trace.root, loaded.model);
  const made = gradient(
    loss,
    [...trace.parameters.values()].map(({ tensor }) => tensor),
  );
  const found = Object.fromEntries(
    [...trace.parameters.keys()].flatMap((key, i) => (made[i] ? [[`grad/${key}`, made[i]]] : [])),
  );
  const program = await nodeBackend().compile(lower({ loss, ...found }).bytes);
  const drawn = [...trace.draws.keys()].map((key, layer): [string, HostTensor] => {
    const { shape, data } = of(name, 'extra').get(`rand_attn.${layer}`) as Tensor;
    return [key, { type: 'int32', shape, data: Int32Array.from(data, Number) }];
  });
  const shapes = modelParameters(loaded);
  const weights = [...loaded.parameters].map(([key, data]): [string, HostTensor] => [
    key,
    { type: 'float32', shape: shapes.get(key)?.shape ?? [], data },
  ]);
  const feeds = Object.entries({
    ...forwardInputs(of(name, 'in'), loaded),
    ...Object.fromEntries([...drawn, ...weights]),
  });
  const results = await program.run(Object.fromEntries(feeds.filter(([key]) => program.inputs.includes(key))));
  await program.dispose();
  const host = (key: string) => results[key] as HostTensor;
  expect(drawn.length).toBe(2);
  expect(Math.abs(Number(host('loss').data[0]) - (cases[name].loss ?? Number.NaN))).toBeLessThan(1e-5);
  const gradients = of(name, 'grad');
  expect(Object.keys(found).sort()).toEqual([...gradients.keys()].map((key) => `grad/${key}`).sort());
  for (const [key, g] of gradients) {
    const { shape, data } = host(`grad/${key}`);
    const own = float32Tensor(shape, data as Float32Array);
    if (cases[name].zero_grad_params.includes(key)) expect(largestEntry(own), key).toBeLessThan(1e-6);
    else expect(largestDifference(own, g, key), key).toBeLessThan(1e-6 + 2e-5 * largestEntry(g));
  }
});

test('a short text is attended to as a whole, whatever was read before it', async () => {
  const { loaded, of } = golden;
  const short = of('short_full_attention', 'in');
  const alone = await forward(loaded, short, nodeBackend());
  const weights = new SharedWeights(nodeBackend(), loaded.parameters);
  const passes = new ForwardPasses(loaded, weights);
  const long = of('sparse_padded', 'in');
  const first = await passes.run(long);
  const after = await passes.run(short);
  const again = await passes.run(long);
  await passes.dispose();
  await weights.dispose();
  expect(float32Data(after.get('logits') as Tensor, 'after')).toEqual(
    float32Data(alone.get('logits') as Tensor, 'alone'),
  );
  const wanted = of('short_full_attention', 'out').get('logits') as Tensor;
  expect(largestDifference(after.get('logits') as Tensor, wanted, 'logits')).toBeLessThan(2e-5);
  expect(float32Data(again.get('logits') as Tensor, 'again')).toEqual(
    float32Data(first.get('logits') as Tensor, 'first'),
  );
});

const config = { ...golden.loaded.config } as Readonly<Record<string, unknown>>;
const setupOf = (fields: object = {}) =>
  checkConfig({ ...config, architectures: ['BigBirdForMaskedLM'], ...fields }, 'config.json');
const isInBlocks = ({ inputs }: { readonly inputs: readonly { readonly name: string }[] }) =>
  inputs.some(({ name }) => name === 'block_places');

test.each<[object, number, boolean]>([
  [{}, 72, false],
  [{}, 73, true],
  [{}, Number.POSITIVE_INFINITY, true],
  [{ attention_type: 'original_full' }, 128, false],
  [{ max_position_embeddings: 79 }, Number.POSITIVE_INFINITY, false],
])('with %j a program for texts of at most %d tokens works block by block: %j', (fields, maxTokens, expected) => {
  expect(isInBlocks(forLength(setupOf(fields), maxTokens).model)).toBe(expected);
});

/** Where a class drops values or draws blocks in training. */
const placesOf = (architecture: string, fields: object): string[] =>
  randomPlaces(setupOf({ num_hidden_layers: 1, ...fields, architectures: [architecture] }).model);

const layer = 'bert.encoder.layer.0';
const chosen = `${layer}.attention.random_blocks`;

test.each<[string, object, string[]]>([
  ['ForMaskedLM', {}, [chosen]],
  ['ForMaskedLM', { attention_type: 'original_full' }, []],
  ['ForMaskedLM', { attention_probs_dropout_prob: 0.5 }, [chosen]],
  ['ForMaskedLM', { attention_type: 'original_full', attention_probs_dropout_prob: 0.5 }, [`${layer}.attention.attn`]],
  [
    'ForMaskedLM',
    { hidden_dropout_prob: 0.5 },
    ['bert.embeddings', `${layer}.attention.output.LayerNorm`, `${layer}.output.LayerNorm`, chosen],
  ],
  ['ForSequenceClassification', { classifier_dropout: 0.5 }, ['classifier.dense', 'classifier.out_proj', chosen]],
  ['ForTokenClassification', { classifier_dropout: 0.5 }, ['classifier', chosen]],
  [
    'ForQuestionAnswering',
    { hidden_dropout_prob: 0.5, sep_token_id: 3 },
    [
      ...['bert.embeddings', `${layer}.attention.output.LayerNorm`, `${layer}.output.LayerNorm`],
      ...['qa_classifier.intermediate', 'qa_classifier.output', chosen],
    ],
  ],
])('BigBird%s with %j is random in training in %j', (kind, fields, places) => {
  expect([...new Set(placesOf(`BigBird${kind}`, fields).map((path) => path.replace(/:\d+$/, '')))]).toEqual(places);
});

test('values of embeddings are dropped before their norm', () => {
  const { model } = setupOf({ hidden_dropout_prob: 0.5 });
  const trace = new Trace({ isTraining: true });
  model.run(trace.root, graphInputs(model.inputs));
  const { node } = trace.taps.get('hidden_states.0') as Symbolic;
  expect(node.op.name).toBe('layerNorm');
  expect(node.inputs[0]?.node.op.name).toBe('dropout');
});

test('a question needs the token that ends it', () => {
  const answering = { ...config, architectures: ['BigBirdForQuestionAnswering'], sep_token_id: null };
  expect(() => checkConfig(answering, 'config.json')).toThrow(
    'big_bird: sep_token_id: expected the token that ends a question, got none',
  );
});

test('texts of a task come with the places of their blocks', () => {
  const setup = inRole(setupOf(), 'masked-lm', 'm');
  const rows = [5, 75].map((size, example) => ({ example, size, ids: new Int32Array(size).fill(7) }));
  const { input_ids, block_places: places } = textFeeds(rows, setup);
  expect(input_ids.shape).toEqual([2, 75]);
  expect(places?.shape).toEqual([2, 80]);
  expect(Array.from(places?.data ?? [], Number)).toEqual(
    [0, 1].flatMap((text) => Array.from({ length: 80 }, (_, at) => (at < 75 ? text * 75 + at : 150))),
  );
  expect(textFeeds(rows, forLength(setup, 72))).not.toHaveProperty('block_places');
});

test('a text whose last block has no positions is refused', () => {
  const setup = inRole(setupOf({ max_position_embeddings: 93 }), 'masked-lm', 'm');
  const ids = (tokens: number) =>
    new Map([['input_ids', { dtype: 'I32', shape: [1, tokens], data: new Int32Array(tokens).fill(5) } as const]]);
  expect(setup.tokens.maxTokens).toBe(88);
  expect(() => forwardInputs(ids(89), setup)).toThrow(
    'inputs input_ids: expected at most 88 tokens, the whole blocks (block_size 8) among 93 positions, got 89',
  );
  expect(() => forwardInputs(ids(94), setup)).toThrow('inputs input_ids: expected at most 93 tokens');
  expect(forwardInputs(ids(75), setup).block_places?.shape).toEqual([1, 80]);
  expect(() => forwardInputs(ids(73), setupOf({ max_position_embeddings: 75 }))).toThrow('expected at most 72 tokens');
});

test('attention over blocks never makes all pairs of tokens', () => {
  const { model } = setupOf();
  const trace = new Trace({ isTraining: true, isTapped: false });
  const loss = traceLoss(trace.root, model, {}, graphInputs(model.inputs));
  const made = gradient(
    loss,
    [...trace.parameters.values()].map(({ tensor }) => tensor),
  ).filter((g) => g !== null);
  const shapes = topological([loss, ...made]).flatMap(({ outputs }) => outputs.map(({ shape }) => shape));
  expect(shapes.some((shape) => String(sizeOf(shape)).includes('blocks'))).toBe(true);
  expect(shapes.filter((shape) => String(sizeOf(shape)).includes('blocks·blocks'))).toEqual([]);
});

test('its cost for a token does not depend on how long a long text is', () => {
  const setup = setupOf({ max_position_embeddings: 4096 });
  const perToken = (length: number) => modelCost(setup, { length, batch: 1 }).flops.per_token;
  expect(perToken(4096) / perToken(1024)).toBeCloseTo(1, 1);
  expect(modelCost(setup, { length: 72, batch: 1 }).flops.pass).not.toContain('blocks');
});
