import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/graph/index.ts';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { type ModelSetup, modelParameters } from '../../src/models/families/setup.ts';
import { loadModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { gates, norms, positionSchemes, Trace } from '../../src/nn/index.ts';
import { memoryFolder } from './folder.ts';
import { ids, parameterFeeds, tinyParameters } from './tiny-marian.ts';
import { traceForward } from './trace-forward.ts';

const sizes = {
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 6,
  pad_token_id: 10,
};
const bases = {
  encoder: { model_type: 'transformer_encoder', ...sizes },
  causal: { model_type: 'transformer_lm', ...sizes },
  'sequence-to-sequence': { model_type: 'transformer_seq2seq', ...sizes, decoder_start_token_id: 10 },
};
const roles = Object.keys(bases) as (keyof typeof bases)[];

type Fields = Readonly<Record<string, unknown>>;
const recipe = (role: keyof typeof bases, fields: Fields = {}): ModelSetup =>
  checkConfig({ ...bases[role], ...fields }, 'recipe model', { isStrict: true });
const names = (setup: ModelSetup) => [...modelParameters(setup).keys()];

const inputs = {
  input_ids: ids([[1, 2, 3]]),
  attention_mask: ids([[1, 1, 1]]),
  decoder_input_ids: ids([[10, 4, 5]]),
};
const outputOf = (setup: ModelSetup): Float64Array =>
  interpret([traceForward(new Trace(), setup)], { ...parameterFeeds(setup), ...inputs })[0].data;

/** Variants by one field each. */
const variants: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(Object.keys(positionSchemes).map((name) => [name, { position_embedding_type: name }])),
  ...Object.fromEntries(Object.keys(gates).map((name) => [name, { hidden_act: name }])),
  ...Object.fromEntries(Object.keys(norms).map((name) => [name, { norm_type: name }])),
  post: { norm: 'post' },
  'wide values': { head_value_size: 7 },
  'narrow heads': { head_size: 2 },
  'plain embeddings': { scale_embedding: false },
};
const isDefault = (name: string) => ['sinusoidal', 'layer_norm'].includes(name);

describe.each(roles)('a %s differs from another in one field of its configuration', (role) => {
  test.each(Object.entries(variants))('%s', (name, fields) => {
    const found = outputOf(recipe(role, fields));
    expect(found.every(Number.isFinite)).toBe(true);
    const plain = outputOf(recipe(role));
    if (isDefault(name)) expect(found).toEqual(plain);
    else expect(Math.max(...found.map((x, i) => Math.abs(x - plain[i])))).toBeGreaterThan(1e-6);
  });
});

describe('the parameters', () => {
  test('have names that say where they are', () => {
    expect(names(recipe('causal', { position_embedding_type: 'relative', hidden_act: 'glu' }))).toEqual([
      'model.embed_tokens.weight',
      'model.layers.0.self_attn_layer_norm.weight',
      'model.layers.0.self_attn_layer_norm.bias',
      'model.layers.0.self_attn.k_proj.weight',
      'model.layers.0.self_attn.k_proj.bias',
      'model.layers.0.self_attn.v_proj.weight',
      'model.layers.0.self_attn.v_proj.bias',
      'model.layers.0.self_attn.q_proj.weight',
      'model.layers.0.self_attn.q_proj.bias',
      'model.layers.0.self_attn.relative_keys.weight',
      'model.layers.0.self_attn.relative_values.weight',
      'model.layers.0.self_attn.out_proj.weight',
      'model.layers.0.self_attn.out_proj.bias',
      'model.layers.0.final_layer_norm.weight',
      'model.layers.0.final_layer_norm.bias',
      'model.layers.0.gate.weight',
      'model.layers.0.gate.bias',
      'model.layers.0.fc1.weight',
      'model.layers.0.fc1.bias',
      'model.layers.0.fc2.weight',
      'model.layers.0.fc2.bias',
      'model.layer_norm.weight',
      'model.layer_norm.bias',
      'lm_head.bias',
    ]);
  });

  test('of positions that a stack shares occur once in each stack', () => {
    const setup = recipe('sequence-to-sequence', { position_embedding_type: 't5', num_hidden_layers: 3 });
    expect(names(setup).filter((name) => name.includes('relative'))).toEqual([
      'model.encoder.relative_attention_bias.weight',
      'model.decoder.relative_attention_bias.weight',
    ]);
  });

  test('follow what is tied and what is not', () => {
    const own = { tie_word_embeddings: false, share_encoder_decoder_embeddings: false, decoder_vocab_size: 13 };
    const tables = (fields: Fields) =>
      [...modelParameters(recipe('sequence-to-sequence', fields))].flatMap(([name, { shape }]) =>
        /embed_tokens|shared|lm_head.weight/.test(name) ? [`${name} ${shape}`] : [],
      );
    expect(tables({})).toEqual(['model.shared.weight 11,8']);
    expect(tables(own)).toEqual([
      'model.encoder.embed_tokens.weight 11,8',
      'model.decoder.embed_tokens.weight 13,8',
      'lm_head.weight 13,8',
    ]);
  });
});

describe('a configuration is refused', () => {
  test.each<[string, Fields, string]>([
    [
      'heads that do not divide',
      { num_attention_heads: 3 },
      'num_attention_heads: expected a divisor of hidden_size 8, got 3',
    ],
    [
      'a field of another scheme',
      { rope_theta: 100 },
      'rope_theta: not used by position_embedding_type sinusoidal; remove it',
    ],
    [
      'an odd head',
      { position_embedding_type: 'rotary', head_size: 3 },
      "position_embedding_type: rotary: expected an even width of a head's keys, got 3",
    ],
    [
      'buckets wider than their distance',
      { position_embedding_type: 't5', relative_attention_max_distance: 16 },
      'position_embedding_type: t5: expected relative_attention_max_distance above 16, got 16',
    ],
    [
      'a table of positions that no file holds',
      { max_position_embeddings: 2 ** 26 },
      'position_embedding_type: sinusoidal: expected max_position_embeddings of at most 33554432 with width 8, got 67108864',
    ],
    ['an unknown scheme', { position_embedding_type: 'rotery' }, 'got "rotery"; did you mean "rotary"?'],
    [
      'a token outside the vocabulary',
      { pad_token_id: 11 },
      'pad_token_id: expected a token id below vocab_size 11, got 11',
    ],
    ['an unknown field', { hiden_size: 8 }, 'unknown field "hiden_size"; did you mean "hidden_size"?'],
  ])('with %s', (_, fields, message) => {
    expect(() => recipe('causal', fields)).toThrow(`recipe model: ${message}`.replace(/^recipe model: got/, 'got'));
  });

  test('with a target token outside a vocabulary of its own', () => {
    const fields = {
      share_encoder_decoder_embeddings: false,
      decoder_vocab_size: 7,
      pad_token_id: 6,
      decoder_start_token_id: 8,
    };
    expect(() => recipe('sequence-to-sequence', fields)).toThrow(
      'decoder_start_token_id: expected a token id below decoder_vocab_size 7, got 8',
    );
  });

  test('heads of a width of their own need not divide', () => {
    expect(outputOf(recipe('encoder', { num_attention_heads: 3, head_size: 2 })).every(Number.isFinite)).toBe(true);
  });
});

test('where positions have no table a text may be of any length, unless the configuration says how long', () => {
  const most = (fields: Fields) => recipe('encoder', fields).tokens?.maxTokens;
  expect(most({})).toBe(512);
  expect(most({ position_embedding_type: 'alibi' })).toBe(Number.POSITIVE_INFINITY);
  expect(most({ position_embedding_type: 'alibi', max_position_embeddings: 40 })).toBe(40);
});

describe.each(roles)('the folder of a %s', (role) => {
  const setup = recipe(role, { position_embedding_type: 'relative', norm_type: 'rms_norm', hidden_act: 'swiglu' });
  const parameters = tinyParameters(setup);

  test('gives back the same model', async () => {
    const folder = memoryFolder(saveModelFiles(setup, parameters));
    const loaded = await loadModel(folder);
    expect(loaded.role).toBe(role);
    expect(loaded.config).toEqual(setup.config);
    expect(loaded.config).toMatchObject({ max_relative_position: 16, relative_values: true });
    expect(new Map(loaded.parameters)).toEqual(parameters);
    expect(JSON.parse(new TextDecoder().decode(await folder.read('config.json'))).is_encoder_decoder).toBe(
      role === 'sequence-to-sequence',
    );
  });

  test('is refused where another role is needed', () => {
    const loaded = { ...setup, name: 'm', parameters, generationConfig: {} };
    const other = role === 'encoder' ? 'causal' : 'encoder';
    expect(() => inRole(loaded, other, 'm')).toThrow(/m: model_type: expected an? .* \(.*transformer_/);
  });
});
