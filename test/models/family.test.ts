import { describe, expect, test } from 'vitest';
import { checkConfig, inRole } from '../../src/models/families/check-config.ts';
import { modelTypes } from '../../src/models/families/families.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { tinyConfig, tinySetup } from './tiny-marian.ts';

const strict = { isStrict: true };
const recipe = (fields: Readonly<Record<string, unknown>>) =>
  checkConfig({ ...tinyConfig, ...fields }, 'recipe', strict);
const file = (fields: Readonly<Record<string, unknown>>) => checkConfig({ ...tinyConfig, ...fields }, 'm/config.json');

describe('a model is requested in a role', () => {
  test('and returned if that is its own', () => {
    expect(inRole(tinySetup(), 'sequence-to-sequence', 'tiny').tokens.decoderStartTokenId).toBe(10);
  });

  test('and refused if it is another, with the model types that fit', () => {
    expect(() => inRole(tinySetup(), 'masked-lm', 'm/config.json')).toThrow(
      /^m\/config.json: model_type: expected a masked language model \(.*\), got "marian", an encoder–decoder$/,
    );
  });
});

describe('a configuration is refused with what was expected and what was found', () => {
  test('when its model_type is unknown: the known ones are listed, and the nearest', () => {
    expect(modelTypes).toContain('marian');
    const known = modelTypes.join(', ');
    expect(() => recipe({ model_type: 'marain' })).toThrow(
      `recipe: model_type: expected one of ${known}, got "marain"; did you mean "marian"?`,
    );
    expect(() => file({ model_type: 'toString' })).toThrow(
      `m/config.json: model_type: expected one of ${known}, got "toString"`,
    );
  });

  test('when it has no model_type, or is not a mapping', () => {
    expect(() => checkConfig({}, 'm/config.json')).toThrow('m/config.json: missing field "model_type"');
    expect(() => checkConfig([], 'm/config.json')).toThrow('m/config.json: expected a mapping of fields, got a list');
  });

  test('when its activation is unknown: all are listed', () => {
    expect(() => file({ activation_function: 'reluu' })).toThrow(
      /activation_function: expected one of .*gelu.*relu.*tanh.*, got "reluu"; did you mean "relu"\?/,
    );
  });

  test.each(['encoder_attention_heads', 'decoder_attention_heads'])('when %s do not divide the width', (field) => {
    expect(() => file({ [field]: 3 })).toThrow(`m/config.json: ${field}: expected a divisor of d_model 8, got 3`);
    expect(() => recipe({ [field]: 3 })).toThrow(`recipe: ${field}: expected a divisor of d_model 8, got 3`);
  });

  test('when heads left out do not divide the width, with the number they then are', () => {
    const { encoder_attention_heads: _, ...rest } = tinyConfig;
    expect(() => checkConfig({ ...rest, d_model: 12 }, 'recipe', strict)).toThrow(
      'recipe: encoder_attention_heads: expected a divisor of d_model 12, got 8',
    );
  });

  test.each(['pad_token_id', 'eos_token_id', 'decoder_start_token_id', 'forced_eos_token_id'])(
    'when %s lies outside the vocabulary',
    (field) => {
      expect(() => file({ [field]: 11 })).toThrow(
        `m/config.json: ${field}: expected a token id below vocab_size 11, got 11`,
      );
      expect(() => file({ [field]: -1 })).toThrow(`${field}: expected a number ≥ 0, got -1`);
    },
  );

  test('when it would take more memory than any machine has', () => {
    expect(() => file({ encoder_layers: 1e9 })).toThrow('encoder_layers: expected a number ≤ 1000, got 1000000000');
    expect(() => recipe({ max_position_embeddings: 1e12 })).toThrow(
      'recipe: max_position_embeddings: expected at most 33554432 with d_model 8, got 1000000000000',
    );
  });

  test('when an id of the target lies outside a vocabulary of its own', () => {
    const separate = { share_encoder_decoder_embeddings: false, decoder_vocab_size: 7 };
    expect(() => file({ ...separate, pad_token_id: 6 })).toThrow(
      'decoder_start_token_id: expected a token id below decoder_vocab_size 7, got 10',
    );
    const fitting = file({ ...separate, pad_token_id: 6, decoder_start_token_id: 6 });
    expect(inRole(fitting, 'sequence-to-sequence', 'file').model.vocabulary).toEqual({
      source: 11,
      target: 7,
    });
    expect(() => file({ ...separate, vocab_size: 4, pad_token_id: 6, decoder_start_token_id: 6 })).toThrow(
      'pad_token_id: expected a token id below vocab_size 4, got 6',
    );
  });

  test.each([
    ['normalize_before', true],
    ['static_position_embeddings', false],
    ['normalize_embedding', true],
  ])('if %s is %s, which Transformers never reads', (field, value) => {
    expect(() => file({ [field]: value })).toThrow(`${field}: expected ${!value}, got ${value}`);
  });

  test('for everything at once', () => {
    expect(() => recipe({ d_model: 'wide', dropout: 1, d_modell: 4 })).toThrow(
      /recipe:\n {2}d_model: expected a whole number, got "wide"\n {2}dropout: expected a number < 1, got 1\n {2}unknown field "d_modell"; did you mean "d_model"\?/,
    );
  });

  test('at the place that a recipe gives for a field', () => {
    const where = (path: readonly PropertyKey[]) => `recipe.yaml:${path.join('.') === 'dropout' ? 12 : 3}`;
    expect(() => checkConfig({ ...tinyConfig, dropout: 2 }, where, strict)).toThrow(
      'recipe.yaml:12: dropout: expected a number < 1, got 2',
    );
    expect(() => checkConfig({ model_type: 'lstm' }, where, strict)).toThrow('recipe.yaml:3: model_type: expected');
  });
});

describe('fields that are not the family’s own', () => {
  const foreign = { architectures: ['MarianMTModel'], torch_dtype: 'float32', _name_or_path: '/x', num_beams: 4 };

  test('are accepted in a file: those that Transformers writes, and those unlike any known field', () => {
    const { config } = file({ ...foreign, add_bias_logits: false, my_own_note: 'trained on a Sunday' });
    expect(config).toEqual(file({}).config);
  });

  test('are refused in a recipe', () => {
    expect(() => recipe(foreign)).toThrow('unknown field "torch_dtype", which marian does not have');
  });

  test.each([
    ['d_modle', 'd_model'],
    ['encoder_layer', 'encoder_layers'],
    ['max_position_embedings', 'max_position_embeddings'],
    ['scale_embeding', 'scale_embedding'],
  ])('are refused in a file too if they are a typo: %s', (slip, meant) => {
    const message = `m/config.json: unknown field "${slip}"; did you mean "${meant}"?`;
    expect(() => file({ [slip]: 4 })).toThrow(message);
  });
});

describe('a field left out', () => {
  test('means in a recipe the base Transformer of 2017', () => {
    const { config } = checkConfig(
      { model_type: 'marian', vocab_size: 11, pad_token_id: 10, decoder_start_token_id: 10 },
      'recipe',
      strict,
    );
    expect(config).toMatchObject({
      d_model: 512,
      encoder_layers: 6,
      encoder_attention_heads: 8,
      encoder_ffn_dim: 2048,
      activation_function: 'relu',
      scale_embedding: true,
      dropout: 0.1,
    });
  });

  test("means in a file what Transformers' MarianConfig means", () => {
    expect(checkConfig({ model_type: 'marian' }, 'm/config.json').config).toMatchObject({
      vocab_size: 58101,
      d_model: 1024,
      encoder_layers: 12,
      decoder_attention_heads: 16,
      decoder_ffn_dim: 4096,
      activation_function: 'gelu',
      scale_embedding: false,
      max_position_embeddings: 1024,
      pad_token_id: 58100,
      forced_eos_token_id: 0,
    });
  });
});

describe('parameters bear the names of the checkpoint', () => {
  const names = (fields: Readonly<Record<string, unknown>>) =>
    new Map([...modelParameters(tinySetup(fields))].map(([name, { shape }]) => [name, shape]));

  test('one table serves everything when all is tied', () => {
    const found = names({});
    expect(found.get('model.shared.weight')).toEqual([11, 8]);
    expect(found.get('final_logits_bias')).toEqual([1, 11]);
    expect(found.size).toBe(2 + 16 + 2 * 26);
    expect([...found.keys()].filter((name) => /embed_|lm_head/.test(name))).toEqual([]);
  });

  test('an output layer of its own when it is not tied', () => {
    expect(names({ tie_word_embeddings: false }).get('lm_head.weight')).toEqual([11, 8]);
  });

  test('a table for each side when they do not share one, the output tied to the target’s', () => {
    const found = names({ share_encoder_decoder_embeddings: false, decoder_vocab_size: 13 });
    expect(found.get('model.encoder.embed_tokens.weight')).toEqual([11, 8]);
    expect(found.get('model.decoder.embed_tokens.weight')).toEqual([13, 8]);
    expect(found.get('final_logits_bias')).toEqual([1, 13]);
    expect(found.has('lm_head.weight') || found.has('model.shared.weight')).toBe(false);
  });

  test('the bias of the logits is saved and not trained', () => {
    const parameters = modelParameters(tinySetup());
    const untrained = [...parameters].filter(([, { isTrained }]) => !isTrained).map(([name]) => name);
    expect(untrained).toEqual(['final_logits_bias']);
  });
});
