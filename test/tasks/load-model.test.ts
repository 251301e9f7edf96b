/** A loaded model of every kind: what it is, and what can be done with it. */
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { type Role, roleNames } from '../../src/models/role.ts';
import type { ForwardInputs, LanguageModel, ModelsByRole } from '../../src/tasks/index.ts';
import { loadModel, type PreTrainedModel, type SequenceModel } from '../../src/tasks/index.ts';
import { memoryFolder } from '../models/folder.ts';
import { drawFloats } from '../ops/draw.ts';

const size = { hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 };
const bert = { model_type: 'bert', ...size };
const electra = { model_type: 'electra', ...size, embedding_size: 6 };
const labels = { id2label: { 0: 'no', 1: 'yes' }, label2id: { no: 0, yes: 1 } };

const vit = { model_type: 'vit', ...size, image_size: 4, patch_size: 2, num_channels: 1 };

const readsImages = (role: Role) => role.startsWith('image');

const configs: Readonly<Record<Role, { readonly fields: object; readonly head?: Role }>> = {
  encoder: { fields: { model_type: 'transformer_encoder', ...size } },
  'sequence-classification': {
    fields: { model_type: 'recurrent_encoder', hidden_size: 4, embedding_size: 4, ...labels },
    head: 'sequence-classification',
  },
  'token-classification': {
    fields: { model_type: 'transformer_encoder', ...size, ...labels },
    head: 'token-classification',
  },
  'masked-lm': { fields: bert, head: 'masked-lm' },
  'next-sentence-prediction': { fields: bert, head: 'next-sentence-prediction' },
  'pre-training': { fields: bert, head: 'pre-training' },
  'replaced-token-detection': { fields: electra, head: 'replaced-token-detection' },
  'question-answering': { fields: bert, head: 'question-answering' },
  'image-encoder': { fields: vit },
  'image-classification': { fields: { ...vit, ...labels }, head: 'image-classification' },
  causal: { fields: { model_type: 'transformer_lm', ...size, eos_token_id: 0 } },
  'sequence-to-sequence': {
    fields: { model_type: 'transformer_seq2seq', ...size, eos_token_id: 0, decoder_start_token_id: 11 },
  },
};

function folderOf(role: Role) {
  const { fields, head } = configs[role];
  const json = { ...(!readsImages(role) && { vocab_size: 12, pad_token_id: 11 }), ...fields };
  const setup = checkConfig(json, 'config', { isStrict: true, role: head });
  const weights = [...modelParameters(setup)].map(([name, { shape }]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return [name, drawFloats(name, count)] as const;
  });
  return memoryFolder(saveModelFiles(setup, new Map(weights)));
}

const roles = Object.keys(roleNames) as Role[];

test('its type follows from its role, given or found', () => {
  expectTypeOf(loadModel<'causal'>).returns.resolves.toEqualTypeOf<LanguageModel>();
  expectTypeOf<ModelsByRole['encoder']>().toEqualTypeOf<PreTrainedModel<'encoder'>>();
  const found = null as unknown as ModelsByRole[Role];
  if (found?.role === 'sequence-to-sequence') expectTypeOf(found).toEqualTypeOf<SequenceModel>();
});

describe.each(roles)('a model in the role %s', (role) => {
  let model: ModelsByRole[Role];
  beforeAll(async () => {
    model = await loadModel(folderOf(role));
  });
  afterAll(() => model.dispose());

  const inputsOf = (at: number): ForwardInputs => {
    if (readsImages(role)) {
      return { pixel_values: { dims: [1, 1, 4, 4], data: Float32Array.from({ length: 16 }, (_, i) => (at + i) % 5) } };
    }
    const input_ids = [Array.from({ length: 2 + (at % 3) }, (_, i) => 1 + ((at + i) % 10))];
    return role === 'sequence-to-sequence' ? { input_ids, decoder_input_ids: [[11, 3]] } : { input_ids };
  };

  test('says what it is', () => expect(model.role).toBe(role));

  test('has forward passes, two hundred at once', async () => {
    const together = await Promise.all(Array.from({ length: 200 }, (_, at) => model.forward(inputsOf(at))));
    for (const at of [0, 1, 2, 77, 199]) expect(together[at]).toEqual(await model.forward(inputsOf(at)));
    const outputs: Partial<Record<Role, string>> = {
      encoder: 'last_hidden_state',
      'image-encoder': 'last_hidden_state',
      'pre-training': 'prediction_logits',
      'question-answering': 'end_logits',
    };
    expect(together[0].has(outputs[role] ?? 'logits')).toBe(true);
  });

  test.skipIf(readsImages(role))('takes lists, tensors of transformers.js and those of files alike', async () => {
    const row = [2, 3, 4];
    const input_ids = [row];
    const rest = role === 'sequence-to-sequence' ? { decoder_input_ids: [[11, 3]] } : {};
    const listed = await model.forward({ input_ids, ...rest });
    const typed = { dims: [1, row.length], data: BigInt64Array.from(row, BigInt) };
    expect(await model.forward({ ...rest, input_ids: typed })).toEqual(listed);
    const stored = { dtype: 'I32', shape: [1, row.length], data: Int32Array.from(row) } as const;
    expect(await model.forward({ ...rest, input_ids: stored })).toEqual(listed);
    await expect(model.forward({ input_ids: [[1, 2], [3]] })).rejects.toThrow(
      'inputs input_ids: expected rows of one length',
    );
    await expect(model.forward({ input_ids: [[1, Number.NaN]] })).rejects.toThrow(
      'inputs input_ids: expected numbers, got NaN',
    );
    await expect(model.forward({ input_ids: 'abc' as never })).rejects.toThrow(
      'inputs input_ids: expected a tensor or lists of numbers, got string',
    );
  });

  test('refuses an option of a forward pass that would have no effect', async () => {
    const pass = (options: object) => model.forward(inputsOf(0), options);
    await expect(pass({ gradient: true })).rejects.toThrow(
      'forward: unknown option "gradient"; did you mean "gradients"?',
    );
    await expect(pass({ gradients: 'yes' })).rejects.toThrow('forward: gradients: expected true or false, got "yes"');
    await expect(pass({ signal: 1 })).rejects.toThrow('forward: signal: expected an AbortSignal, got number');
  });

  test('is refused where another role is requested', async () => {
    const other = role === 'encoder' ? 'causal' : 'encoder';
    await expect(loadModel(folderOf(role), { role: other })).rejects.toThrow(
      /m: (model_type: expected an? |architectures: expected \w+, an? )/,
    );
    const same = await loadModel(folderOf(role), { role });
    expect(same.role).toBe(role);
    await same.dispose();
  });

  test('does not answer after it is disposed of', async () => {
    const gone = await loadModel(folderOf(role));
    await gone.forward(inputsOf(0));
    await gone.dispose();
    await gone.dispose();
    await expect(gone.forward(inputsOf(0))).rejects.toThrow('the model is disposed');
  });
});

test('an unknown role is refused, with the nearest name', () =>
  expect(loadModel(folderOf('causal'), { role: 'casual' as Role })).rejects.toThrow(
    'got "casual"; did you mean "causal"?',
  ));

describe.each(['causal', 'sequence-to-sequence'] as const)('a model that writes, %s,', (role) => {
  let model: ModelsByRole['causal' | 'sequence-to-sequence'];
  beforeAll(async () => {
    model = await loadModel(folderOf(role), { role });
  });
  afterAll(() => model.dispose());

  test('generates as transformers.js does, two hundred calls at once', async () => {
    const call = (at: number) =>
      model.generate({ inputs: [[1 + (at % 9), 2, 11, 11]], max_new_tokens: 4, eos_token_id: null });
    const together = await Promise.all(Array.from({ length: 200 }, (_, at) => call(at)));
    for (const at of [0, 8, 100]) expect(together[at]).toEqual(await call(at));
    const found = await model.generate({
      inputs: [[5, 2, 11]],
      max_new_tokens: 4,
      eos_token_id: null,
      return_dict_in_generate: true,
    });
    const [row] = found.sequences.tolist() as bigint[][];
    // A language model goes on after its prompt, without the padding; an encoder–decoder begins with the start token.
    expect(row.slice(0, role === 'causal' ? 2 : 1)).toEqual(role === 'causal' ? [5n, 2n] : [11n]);
    expect(row).toHaveLength(role === 'causal' ? 6 : 5);
  });

  test('scores targets: the sum over what its forward pass says of each token', async () => {
    const [source, target] = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const [{ score, token_scores }] = await model.score([source], [target]);
    const inputs =
      role === 'causal'
        ? { input_ids: [[...source, ...target]] }
        : { input_ids: [source], decoder_input_ids: [[11, ...target.slice(0, -1)]] };
    const logits = [...((await model.forward(inputs)).get('logits')!.data as Float32Array)];
    const first = role === 'causal' ? source.length - 1 : 0;
    const wanted = target.map((id, t) => {
      const row = logits.slice((first + t) * 12, (first + t + 1) * 12);
      return row[id] - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    });
    wanted.forEach((x, t) => expect(token_scores[t]).toBeCloseTo(x, 4));
    expect(score).toBeCloseTo(
      wanted.reduce((a, b) => a + b),
      4,
    );
    const many = await Promise.all(Array.from({ length: 200 }, () => model.score([source], [target])));
    for (const [one] of many) expect(one.score).toBeCloseTo(score, 4);
    const reason = new Error('nobody waits');
    await expect(model.score([source], [target], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('refuses options of a call that would have no effect', async () => {
    await expect(model.score([[1]], [[2]], { signals: 1 } as object)).rejects.toThrow(
      'score: unknown option "signals"; did you mean "signal"?',
    );
    await expect(model.generate({ inputs: [[1]], signal: 1 as never })).rejects.toThrow(
      'generate: signal: expected an AbortSignal, got number',
    );
  });
});
