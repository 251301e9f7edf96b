/** A forward pass of a model of every kind, held against formulas over its logits. */
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { ForwardPasses, forward, type RunnableModel } from '../../src/models/forward.ts';
import { type Role, roleNames } from '../../src/models/role.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { float32Data, float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { tinyParameters } from './tiny-marian.ts';

const backend = nodeBackend();
const transformer = { hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 6 };
const bert = { model_type: 'bert', ...transformer };
const vit = { model_type: 'vit', ...transformer, image_size: 4, patch_size: 2, num_channels: 1 };
const recurrent = { embedding_size: 5, hidden_size: 4 };
const three = { id2label: { 0: 'a', 1: 'b', 2: 'c' }, label2id: { a: 0, b: 1, c: 2 } };
const fields = { vocab_size: 11, pad_token_id: 10 };

function modelOf(config: Readonly<Record<string, unknown>>, head?: Role): RunnableModel {
  const words = config.model_type === 'vit' ? {} : fields;
  const setup = checkConfig({ ...words, ...config }, 'tiny', { isStrict: true, role: head });
  return { ...setup, parameters: tinyParameters(setup) };
}

const ids = (rows: readonly (readonly number[])[]): Tensor => ({
  dtype: 'I32',
  shape: [rows.length, rows[0].length],
  data: Int32Array.from(rows.flat()),
});
const integers = (...values: number[]): Tensor => ({
  dtype: 'I64',
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

const input_ids = ids([
  [1, 2, 3, 4],
  [5, 6, 10, 10],
]);
const attention_mask = ids([
  [1, 1, 1, 1],
  [1, 1, 0, 0],
]);
const text = { input_ids, attention_mask };

type Inputs = Readonly<Record<string, Tensor>>;

const run = async (model: RunnableModel, inputs: Inputs, gradients = false) => {
  const results = await forward(model, new Map(Object.entries(inputs)), backend, { gradients });
  return { results, shapes: Object.fromEntries([...results].map(([name, { shape }]) => [name, shape])) };
};

const numbers = (results: ReadonlyMap<string, Tensor>, name: string) => [
  ...float32Data(results.get(name) as Tensor, name),
];
const loss = (results: ReadonlyMap<string, Tensor>) => numbers(results, 'loss')[0];
const logSumExp = (values: readonly number[]) => Math.log(values.reduce((sum, x) => sum + Math.exp(x), 0));
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
/** −log p of a label of a row of logits [.., N]. */
const surprise = (logits: readonly number[], count: number, row: number, label: number) =>
  logSumExp(logits.slice(row * count, (row + 1) * count)) - logits[row * count + label];

const gradientNames = (results: ReadonlyMap<string, Tensor>) =>
  [...results.keys()].filter((name) => name.startsWith('grad/')).map((name) => name.slice(5));

/** Every parameter that is trained has its gradient. */
function expectGradients(model: RunnableModel, results: ReadonlyMap<string, Tensor>): void {
  const trained = [...modelParameters(model)].filter(([, { isTrained }]) => isTrained).map(([name]) => name);
  expect(gradientNames(results).sort()).toEqual(trained.sort());
  for (const name of trained)
    expect(
      numbers(results, `grad/${name}`).some((x) => x !== 0),
      name,
    ).toBe(true);
}

describe('an encoder', () => {
  const model = modelOf({ model_type: 'transformer_encoder', ...transformer });

  test('gives a vector for every token, hidden states and attentions', async () => {
    const { shapes, results } = await run(model, text);
    expect(shapes).toEqual({
      last_hidden_state: [2, 4, 8],
      'hidden_states.0': [2, 4, 8],
      'hidden_states.1': [2, 4, 8],
      'hidden_states.2': [2, 4, 8],
      'attentions.0': [2, 2, 4, 4],
      'attentions.1': [2, 2, 4, 4],
    });
    const alone = await run(model, { input_ids: ids([[5, 6]]) });
    numbers(alone.results, 'last_hidden_state').forEach((x, i) => {
      expect(numbers(results, 'last_hidden_state')[32 + i]).toBeCloseTo(x, 5);
    });
  });

  test('has no labels', () =>
    expect(run(model, { ...text, labels: input_ids })).rejects.toThrow(
      'inputs: expected input_ids, attention_mask, got "labels"',
    ));

  test('that reads characters must be given them', async () => {
    const reader = modelOf({
      model_type: 'recurrent_encoder',
      ...recurrent,
      character_vocab_size: 7,
      character_embedding_size: 3,
      character_hidden_size: 2,
    });
    await expect(run(reader, text)).rejects.toThrow('inputs: expected character_ids, got input_ids, attention_mask');
    const character_ids = ids([[1, 2, 0, 3]]);
    const ends: Tensor = {
      dtype: 'I32',
      shape: [2, 4, 2],
      data: Int32Array.from({ length: 16 }, (_, i) => (i % 2 ? 0 : 1)),
    };
    const { shapes } = await run(reader, { ...text, character_ids, character_ends: ends });
    expect(shapes.last_hidden_state).toEqual([2, 4, 8]);
    await expect(run(reader, { ...text, character_ids: ids([[7]]), character_ends: ends })).rejects.toThrow(
      'inputs character_ids: expected character ids in 0 … 6 (character_vocab_size 7), got 7, at [0, 0]',
    );
    await expect(run(reader, { ...text, character_ids: ids([[1]]), character_ends: ends })).rejects.toThrow(
      'inputs character_ends: expected positions in 0 … 0, got 1, at [0, 0, 0]',
    );
  });
});

describe('a classifier of texts', () => {
  const problem = (problem_type: string, more: object = three) =>
    modelOf({ model_type: 'transformer_encoder', ...transformer, ...more, problem_type }, 'sequence-classification');

  test('of one label has the mean cross entropy of the labels that are not −100', async () => {
    const model = problem('single_label_classification');
    const { results, shapes } = await run(model, { ...text, labels: integers(2, 0) }, true);
    const logits = numbers(results, 'logits');
    expect(shapes.logits).toEqual([2, 3]);
    expect(loss(results)).toBeCloseTo(mean([surprise(logits, 3, 0, 2), surprise(logits, 3, 1, 0)]), 5);
    expectGradients(model, results);
    const ignoring = await run(model, { ...text, labels: integers(2, -100) });
    expect(loss(ignoring.results)).toBeCloseTo(surprise(logits, 3, 0, 2), 5);
    await expect(run(model, { ...text, labels: integers(2, 3) })).rejects.toThrow(
      'inputs labels: expected labels in 0 … 2 or -100, got 3, at [1]',
    );
    await expect(run(model, { ...text, labels: integers(2) })).rejects.toThrow(
      'inputs labels: expected shape [2], got [1]',
    );
  });

  test('of any labels has the mean binary cross entropy', async () => {
    const labels = float32Tensor([2, 3], Float32Array.of(1, 0, 1, 0, 0, 1));
    const { results } = await run(problem('multi_label_classification'), { ...text, labels });
    const each = numbers(results, 'logits').map((x, i) => Math.log1p(Math.exp(labels.data[i] ? -x : x)));
    expect(loss(results)).toBeCloseTo(mean(each), 5);
  });

  test('of a number has the mean squared error', async () => {
    const labels = float32Tensor([2], Float32Array.of(0.5, -3));
    const { results } = await run(problem('regression', { num_labels: 1 }), { ...text, labels });
    const [a, b] = numbers(results, 'logits');
    expect(loss(results)).toBeCloseTo(((a - 0.5) ** 2 + (b + 3) ** 2) / 2, 4);
  });
});

describe('a tagger', () => {
  const tagger = (more: object) =>
    modelOf({ model_type: 'recurrent_encoder', ...recurrent, ...three, ...more }, 'token-classification');
  const labels = ids([
    [-100, 1, 0, -100],
    [2, -100, -100, -100],
  ]);

  test('has the mean cross entropy of the labels that are not −100', async () => {
    const model = tagger({});
    const { results, shapes } = await run(model, { ...text, labels }, true);
    expect(shapes.logits).toEqual([2, 4, 3]);
    const logits = numbers(results, 'logits');
    const each = [surprise(logits, 3, 1, 1), surprise(logits, 3, 2, 0), surprise(logits, 3, 4, 2)];
    expect(loss(results)).toBeCloseTo(mean(each), 5);
    expectGradients(model, results);
  });

  test('with a CRF has the mean of −log p(labels | words) over sentences', async () => {
    const model = tagger({ crf: true });
    const { results } = await run(model, { ...text, labels }, true);
    const logits = numbers(results, 'logits');
    const own = (name: string) => model.parameters.get(`crf.${name}`) as Float32Array;
    const score = (places: readonly number[], path: readonly number[]) =>
      own('start_transitions')[path[0]] +
      own('end_transitions')[path[path.length - 1]] +
      path.reduce(
        (sum, tag, i) => sum + logits[places[i] * 3 + tag] + (i > 0 ? own('transitions')[path[i - 1] * 3 + tag] : 0),
        0,
      );
    const pairs = [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => [a, b]));
    const two = logSumExp(pairs.map((path) => score([1, 2], path))) - score([1, 2], [1, 0]);
    const one = logSumExp([0, 1, 2].map((tag) => score([4], [tag]))) - score([4], [2]);
    expect(loss(results)).toBeCloseTo((one + two) / 2, 5);
    expectGradients(model, results);
    const bare = ids([labels.data.slice(0, 4), [-100, -100, -100, -100]].map((row) => [...row].map(Number)));
    await expect(run(model, { ...text, labels: bare })).rejects.toThrow(
      'inputs labels: expected a label in every row, because the model has a CRF, got only -100, at row 1',
    );
  });
});

describe.each([
  ['transformer_lm', transformer],
  ['recurrent_lm', recurrent],
])('a language model, %s,', (model_type, size) => {
  const model = modelOf({ model_type, ...size });
  const labels = ids([
    [1, 2, 3, 4],
    [5, 6, -100, -100],
  ]);

  test('has the mean cross entropy of every label under what it says after the token before', async () => {
    const { results, shapes } = await run(model, { ...text, labels }, true);
    expect(shapes.logits).toEqual([2, 4, 11]);
    const logits = numbers(results, 'logits');
    const each = [
      [0, 2],
      [1, 3],
      [2, 4],
      [4, 6],
    ].map(([row, label]) => surprise(logits, 11, row, label));
    expect(loss(results)).toBeCloseTo(mean(each), 4);
    expectGradients(model, results);
  });

  test('takes padding on the right and refuses it elsewhere', async () => {
    const left = ids([
      [1, 1, 1, 1],
      [0, 0, 1, 1],
    ]);
    await expect(run(model, { input_ids, attention_mask: left })).rejects.toThrow(
      'inputs attention_mask: expected padding on the right, got text after it, at [1, 2]',
    );
  });

  test('must have a label that something comes before', () =>
    expect(run(model, { input_ids: ids([[1, 2]]), labels: ids([[1, -100]]) })).rejects.toThrow(
      'inputs labels: expected a label that is not -100 after the first token of its row, got none',
    ));
});

describe('forward passes of one model', () => {
  const models: Readonly<Record<Role, RunnableModel>> = {
    encoder: modelOf({ model_type: 'recurrent_encoder', ...recurrent }),
    'sequence-classification': modelOf(
      { model_type: 'recurrent_encoder', ...recurrent, ...three },
      'sequence-classification',
    ),
    'token-classification': modelOf(
      { model_type: 'transformer_encoder', ...transformer, ...three },
      'token-classification',
    ),
    'masked-lm': modelOf(bert, 'masked-lm'),
    'next-sentence-prediction': modelOf(bert, 'next-sentence-prediction'),
    'pre-training': modelOf(bert, 'pre-training'),
    'replaced-token-detection': modelOf({ ...bert, model_type: 'electra' }, 'replaced-token-detection'),
    'question-answering': modelOf(bert, 'question-answering'),
    'image-encoder': modelOf(vit),
    'image-classification': modelOf({ ...vit, ...three }, 'image-classification'),
    causal: modelOf({ model_type: 'transformer_lm', ...transformer }),
    'sequence-to-sequence': modelOf({ model_type: 'transformer_seq2seq', ...transformer, decoder_start_token_id: 10 }),
  };
  const inputsOf = (role: Role, at: number): Inputs => {
    if (role.startsWith('image')) {
      return {
        pixel_values: float32Tensor(
          [1, 1, 4, 4],
          Float32Array.from({ length: 16 }, (_, i) => (at + i) % 7),
        ),
      };
    }
    const row = ids([Array.from({ length: 2 + (at % 5) }, (_, i) => (at + i) % 11)]);
    return { input_ids: row, ...(role === 'sequence-to-sequence' && { decoder_input_ids: row }) };
  };

  test.each(Object.keys(roleNames) as Role[])(
    'of a model in the role %s, two hundred at once, are those one by one',
    async (role) => {
      const weights = new SharedWeights(backend, models[role].parameters);
      const passes = new ForwardPasses(models[role], weights);
      const inputs = Array.from({ length: 200 }, (_, at) => new Map(Object.entries(inputsOf(role, at))));
      const together = await Promise.all(inputs.map((each) => passes.run(each)));
      for (const [at, each] of inputs.entries()) expect(together[at]).toEqual(await passes.run(each));
      await passes.dispose();
      await expect(passes.run(inputs[0])).rejects.toThrow('the model is disposed');
      await weights.dispose();
    },
  );

  test('end when they are aborted', async () => {
    const weights = new SharedWeights(backend, models.causal.parameters);
    const passes = new ForwardPasses(models.causal, weights);
    const reason = new Error('nobody waits');
    const controller = new AbortController();
    const inputs = new Map(Object.entries(inputsOf('causal', 3)));
    const calls = Array.from({ length: 20 }, (_, at) =>
      passes.run(inputs, at % 2 ? { signal: controller.signal } : {}),
    );
    const outcomes = Promise.allSettled(calls);
    controller.abort(reason);
    (await outcomes).forEach((outcome, at) => {
      if (at % 2) expect(outcome).toEqual({ status: 'rejected', reason });
      else expect(outcome.status).toBe('fulfilled');
    });
    await passes.dispose();
    await weights.dispose();
  });
});
