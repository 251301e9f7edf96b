import { afterAll, describe, expect, test } from 'vitest';
import { ForwardPasses, forward } from '../../src/models/forward.ts';
import { shiftRight } from '../../src/models/inputs/text-input.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { float32Data, float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { tinyParameters, tinySetup } from './tiny-marian.ts';

const setup = tinySetup();
const loaded = { ...setup, parameters: tinyParameters(setup) };
const backend = nodeBackend();

const i64 = (rows: readonly (readonly number[])[]): Tensor => ({
  dtype: 'I64',
  shape: [rows.length, rows[0].length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

const source = [
  [1, 2, 3],
  [4, 5, 10],
];
const mask = [
  [1, 1, 1],
  [1, 1, 0],
];
const target = [
  [10, 6],
  [10, 7],
];
const labels = [
  [6, 0],
  [7, -100],
];

const run = (inputs: Readonly<Record<string, Tensor>>, options?: { readonly gradients?: boolean }) =>
  forward(loaded, new Map(Object.entries(inputs)), backend, options);

const numbers = (results: ReadonlyMap<string, Tensor>, name: string) => [
  ...float32Data(results.get(name) as Tensor, name),
];

describe('a forward pass', () => {
  test('shows outputs, hidden states and attentions under the names of Transformers', async () => {
    const results = await run({ input_ids: i64(source), decoder_input_ids: i64(target) });
    const shapes = Object.fromEntries([...results].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      logits: [2, 2, 11],
      'encoder_hidden_states.0': [2, 3, 8],
      'encoder_hidden_states.1': [2, 3, 8],
      'encoder_attentions.0': [2, 2, 3, 3],
      'decoder_hidden_states.0': [2, 2, 8],
      'decoder_hidden_states.1': [2, 2, 8],
      'decoder_hidden_states.2': [2, 2, 8],
      'decoder_attentions.0': [2, 2, 2, 2],
      'decoder_attentions.1': [2, 2, 2, 2],
      'cross_attentions.0': [2, 2, 2, 3],
      'cross_attentions.1': [2, 2, 2, 3],
    });
  });

  test('takes a mask left out for ones', async () => {
    const ones = (rows: readonly (readonly number[])[]) => i64(rows.map((row) => row.map(() => 1)));
    const inputs = { input_ids: i64(source), decoder_input_ids: i64(target) };
    const without = await run(inputs);
    const given = await run({ ...inputs, attention_mask: ones(source), decoder_attention_mask: ones(target) });
    expect(numbers(without, 'logits')).toEqual(numbers(given, 'logits'));
    const masked = await run({ ...inputs, attention_mask: i64(mask) });
    expect(numbers(masked, 'logits')).not.toEqual(numbers(without, 'logits'));
  });

  test('takes int32 as well as int64', async () => {
    const int32 = (rows: readonly (readonly number[])[]): Tensor => ({
      dtype: 'I32',
      shape: [rows.length, rows[0].length],
      data: Int32Array.from(rows.flat()),
    });
    const wide = await run({ input_ids: i64(source), labels: i64(labels) });
    const narrow = await run({ input_ids: int32(source), labels: int32(labels) });
    expect(numbers(narrow, 'logits')).toEqual(numbers(wide, 'logits'));
  });

  test('makes decoder inputs from labels: shifted right after the start token, ignored ones as padding', async () => {
    const shifted = shiftRight(
      { type: 'int32', shape: [2, 3], data: Int32Array.of(6, 0, -100, 7, -100, 2) },
      loaded.tokens,
    );
    expect([...shifted.data]).toEqual([10, 6, 0, 10, 7, 10]);
    const made = await run({ input_ids: i64(source), labels: i64(labels) });
    const given = await run({ input_ids: i64(source), labels: i64(labels), decoder_input_ids: i64(target) });
    expect(numbers(made, 'logits')).toEqual(numbers(given, 'logits'));
  });

  test('gives the mean cross entropy of the labels that are not −100', async () => {
    const results = await run({ input_ids: i64(source), labels: i64(labels) });
    const logits = numbers(results, 'logits');
    const nll = [6, 0, 7].map((label, row) => {
      const z = logits.slice(row * 11, (row + 1) * 11);
      return Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0)) - z[label];
    });
    expect(numbers(results, 'loss')[0]).toBeCloseTo(nll.reduce((sum, x) => sum + x, 0) / 3, 5);
    expect(results.get('loss')?.shape).toEqual([]);
  });

  test('gives a gradient for every parameter that the loss reaches, once, and none for buffers', async () => {
    const results = await run({ input_ids: i64(source), labels: i64(labels) }, { gradients: true });
    const names = [...results.keys()].filter((name) => name.startsWith('grad/')).map((name) => name.slice(5));
    expect(names.sort()).toEqual([...loaded.parameters.keys()].filter((name) => name !== 'final_logits_bias').sort());
  });
});

describe('one compiled program', () => {
  const weights = new SharedWeights(backend, loaded.parameters);
  const passes = new ForwardPasses(loaded, weights);
  afterAll(async () => {
    await passes.dispose();
    await weights.dispose();
  });

  test.each([
    [1, 1, 1],
    [1, 5, 2],
    [3, 2, 7],
  ])('serves a batch of %i with %i source and %i target tokens', async (B, S, T) => {
    const ids = (rows: number, columns: number) =>
      Array.from({ length: rows }, (_, b) => Array.from({ length: columns }, (_, t) => (3 * b + 2 * t + 1) % 11));
    const inputs = { input_ids: i64(ids(B, S)), labels: i64(ids(B, T)) };
    const expected = await run(inputs, { gradients: true });
    const results = await passes.run(new Map(Object.entries(inputs)), { gradients: true });
    expect(results.get('logits')?.shape).toEqual([B, T, 11]);
    expect(results).toEqual(expected);
  });
});

describe('inputs are refused with their place', () => {
  const refusal = (inputs: Readonly<Record<string, Tensor>>, message: string, options?: { gradients: boolean }) =>
    expect(run(inputs, options)).rejects.toThrow(message);
  const good = { input_ids: i64(source), labels: i64(labels) };

  test('a token id outside the vocabulary', async () => {
    await refusal(
      { ...good, input_ids: i64([source[0], [4, 11, 0]]) },
      'inputs input_ids: expected token ids in 0 … 10 (vocab_size 11), got 11, at [1, 1]',
    );
    await refusal(
      { ...good, decoder_input_ids: i64([target[0], [10, -1]]) },
      'inputs decoder_input_ids: expected token ids in 0 … 10 (vocab_size 11), got -1, at [1, 1]',
    );
  });

  test('a label outside the vocabulary, but not −100', () =>
    refusal(
      { ...good, labels: i64([[6, 11], labels[1]]) },
      'inputs labels: expected token ids in 0 … 10 (vocab_size 11) or -100, got 11, at [0, 1]',
    ));

  test('a negative label that is not −100', () =>
    refusal({ ...good, labels: i64([[6, -1], labels[1]]) }, 'got -1, at [0, 1]'));

  test('a mask that is not 0 and 1', () =>
    refusal(
      { ...good, attention_mask: i64([mask[0], [1, 2, 0]]) },
      'inputs attention_mask: expected 0 or 1, got 2, at [1, 1]',
    ));

  test('a mask of another shape than its tokens', () =>
    refusal(
      { ...good, attention_mask: i64([[1, 1, 1]]) },
      'inputs attention_mask: expected the shape of input_ids [2, 3], got [1, 3]',
    ));

  test('labels of another shape than the decoder inputs', () =>
    refusal(
      { ...good, decoder_input_ids: i64([[10], [10]]) },
      'inputs labels: expected the shape of decoder_input_ids [2, 1], got [2, 2]',
    ));

  test('another number of targets than of sources', () =>
    refusal({ input_ids: i64(source), labels: i64([[1]]) }, 'inputs labels: expected shape [2, target], got [1, 1]'));

  test('more tokens than the model has positions', () =>
    refusal(
      { ...good, input_ids: i64([1, 2].map(() => Array.from({ length: 13 }, () => 1))) },
      'inputs input_ids: expected at most 12 tokens (max_position_embeddings), got 13',
    ));

  test('a name that is not an input, with the nearest', () =>
    refusal({ ...good, input_id: i64(source) }, 'got "input_id"; did you mean "input_ids"?'));

  test('no source, or neither target nor labels', async () => {
    await refusal({ labels: i64(labels) }, 'inputs: expected input_ids, got labels');
    await refusal({ input_ids: i64(source) }, 'inputs: expected decoder_input_ids or labels, got neither');
  });

  test('fractions, or a tensor that is not a matrix', async () => {
    const fractions = float32Tensor([2, 3], new Float32Array(6));
    await refusal({ ...good, input_ids: fractions }, 'tensor input_ids: expected integers, got F32');
    await refusal(
      { ...good, input_ids: { dtype: 'I32', shape: [3], data: Int32Array.of(1, 2, 3) } },
      'inputs input_ids: expected shape [batch, source] without 0, got [3]',
    );
  });

  test('gradients without labels', () =>
    refusal({ input_ids: i64(source), decoder_input_ids: i64(target) }, 'inputs: gradients need labels', {
      gradients: true,
    }));
});
