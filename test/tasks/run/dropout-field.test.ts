/** Dropouts of a model: which fields they are, and which values training can apply. */
import { describe, expect, test } from 'vitest';
import { familyOf, modelTypes } from '../../../src/models/families/families.ts';
import { isDropoutField, isUsableRate, unusableDropouts } from '../../../src/tasks/run/dropout-field.ts';
import { describedModel } from '../../../src/tasks/run/recipe-model.ts';

describe('the fields of every family', () => {
  const fields = modelTypes.flatMap((type) => {
    const family = familyOf(type);
    const own = (family?.heads ?? []).map(({ fields }) => fields?.shape ?? {});
    return [family?.config.shape ?? {}, ...own].flatMap((shape) =>
      Object.entries(shape).map(([name, schema]) => ({ type, name, about: schema.description ?? '' })),
    );
  });

  test('are dropouts by their names if their description says so', () => {
    const described = fields.filter(({ about }) => /^dropout\b/i.test(about));
    expect(described.length).toBeGreaterThan(50);
    expect(described.filter(({ name }) => !isDropoutField(name))).toEqual([]);
  });

  test('are no dropouts by their names otherwise, but for how and whether layers drop', () => {
    const others = fields.filter(({ name, about }) => isDropoutField(name) && !/^dropout\b/i.test(about));
    expect([...new Set(others.map(({ name }) => name))].sort()).toEqual([
      'decoder_layerdrop',
      'encoder_layerdrop',
      'variational_dropout',
    ]);
  });
});

test.each([
  [0, true],
  [1 / 512 - 1e-9, false],
  [1 / 512, true],
  [0.1, true],
  [511 / 512 - 1e-9, true],
  [511 / 512, false],
])('a dropout of %d is applied in training: %s', (p, isUsable) => {
  expect(isUsableRate(p)).toBe(isUsable);
});

test('a dropout that rounds to 0 or 1 is found, by its field', () => {
  const config = {
    dropout: 0.001,
    hidden_dropout_prob: 0.1,
    resid_pdrop: 0.999,
    eps: 0.001,
    variational_dropout: true,
  };
  expect(unusableDropouts(config)).toEqual([
    { name: 'dropout', value: 0.001, rounded: 0 },
    { name: 'resid_pdrop', value: 0.999, rounded: 1 },
  ]);
});

test('a recipe for a new model is refused with every dropout that does not act', () => {
  const model = {
    model_type: 'transformer_encoder',
    dropout: 0.001,
    attention_dropout: 0.998,
    classifier_dropout: 1e-9,
  };
  const described = () =>
    describedModel('sequence-classification', model, { tokenizer: { vocab_size: 10, pad_token_id: 0 } });
  const each = (name: string, got: string) =>
    `recipe model: ${name}: expected 0, or from 1/512 to below 511/512, because one random byte decides about an element, got ${got}`;
  expect(described).not.toThrow(/attention_dropout/);
  expect(described).toThrow(new RegExp(`^${each('dropout', '0\\.001')}\n${each('classifier_dropout', '1e-9')}$`));
});
