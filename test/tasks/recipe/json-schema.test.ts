/** The published JSON Schema, read as an editor reads it: what it accepts and what it completes. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { synonymRows } from '../../../src/io/synonym.ts';
import { modelTypes } from '../../../src/models/families/families.ts';
import { recipeJsonSchema } from '../../../src/tasks/recipe/json-schema.ts';

const published = recipeJsonSchema();
const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(published)));
const folder = new URL('../../../recipes/', import.meta.url);
const recipes = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => [name, parse(readFileSync(new URL(name, folder), 'utf8'))] as const);

interface Recipe {
  task: string;
  data: Record<string, unknown>;
  model: Record<string, unknown>;
  train: Record<string, unknown>;
  [part: string]: unknown;
}

const breaks: [string, (recipe: Recipe) => void][] = [
  ['an unknown part', (recipe) => void (recipe.trainer = {})],
  ['an unknown field of train', ({ train }) => void (train.epochs = 3)],
  ['an unknown field of model', ({ model }) => void (model.hidden = 3)],
  ['a field of another family', ({ model }) => void (model['d_model' in model ? 'cell' : 'd_model'] = 8)],
  ['a value out of range in model', ({ model }) => void (model.dropout = 1.5)],
  ['a wrong type in model', ({ model }) => void (model.dropout = 'a lot')],
  ['an unknown model_type', ({ model }) => void (model.model_type = 'lstm')],
  ['neither model_type nor a folder', (recipe) => void (recipe.model = { dropout: 0.1 })],
  ['a field that a folder’s weights decide, without its family', ({ model }) => spoilFolder(model)],
  ['a head’s field without its task', (recipe) => void (recipe.task = 'translation')],
  ['no training data', ({ data }) => void delete data.train],
];

const spoilFolder = (model: Recipe['model']): void => {
  for (const name of Object.keys(model)) delete model[name];
  Object.assign(model, { model_name_or_path: 'folder', hidden_size: 8 });
};

/** The names of all fields in a schema. */
function fieldNames(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties = {} } = node as { properties?: object };
  return [...Object.keys(properties), ...Object.values(node).flatMap(fieldNames)];
}

test('every name that may be suggested for another is one of a recipe’s fields', () => {
  const fields = new Set(fieldNames(published));
  const suggested = synonymRows.flatMap(([names]) => names.split(' '));
  expect(suggested.filter((name) => !fields.has(name))).toEqual([]);
});

describe('the JSON Schema of recipes', () => {
  test.each(recipes)('accepts recipes/%s', (_, recipe) => {
    expect(schema.safeParse(recipe).error?.issues).toBeUndefined();
  });

  test.each(breaks)('refuses, in every recipe, %s', (what, spoil) => {
    for (const [name, recipe] of recipes) {
      if (what.startsWith('a head') && !/classification/.test(recipe.task)) continue;
      const broken: Recipe = structuredClone(recipe);
      spoil(broken);
      expect(schema.safeParse(broken).success, name).toBe(false);
    }
  });

  test('knows the models of every task by a model_type that is one value, so that an editor completes their fields', () => {
    const { anyOf, $defs } = published as {
      anyOf: { properties: { task: { const: string }; model: { anyOf: { $ref: string }[] } } }[];
      $defs: Record<string, { properties: Record<string, { const?: string }>; required: string[] }>;
    };
    const types = new Map(
      anyOf.map(({ properties: { task, model } }) => [
        task.const,
        model.anyOf
          .map(({ $ref }) => $ref.replace('#/$defs/', ''))
          .filter((name) => !name.startsWith('folder.'))
          .map((name) => $defs[name].properties.model_type.const),
      ]),
    );
    expect(types.get('text-generation')).toEqual(expect.arrayContaining(['gpt2', 'recurrent_lm', 'transformer_lm']));
    expect(types.get('text-generation')).not.toContain('bert');
    expect(types.get('token-classification')).toEqual(expect.arrayContaining(['bert', 'gpt2', 'recurrent_encoder']));
    expect(types.get('token-classification')).not.toContain('marian');
    expect(new Set([...types.values()].flat())).toEqual(new Set(modelTypes));
    // All else has a default or follows from the data.
    expect(new Set(Object.values($defs).flatMap(({ required }) => required))).toEqual(
      new Set(['model_type', 'model_name_or_path']),
    );
  });

  test('gives a position scheme’s fields their defaults, which a configuration without the scheme does not have', () => {
    const { $defs } = published as { $defs: Record<string, { properties: Record<string, unknown> }> };
    expect($defs.transformer_lm.properties.rope_theta).toEqual({
      type: 'number',
      exclusiveMinimum: 0,
      default: 10000,
      description: 'base of the wavelengths, θ; for position_embedding_type rotary',
    });
  });

  test('marks what follows from the data as readOnly', () => {
    const { $defs } = published as { $defs: Record<string, { properties: Record<string, { readOnly?: boolean }> }> };
    const following = (name: string) =>
      Object.keys($defs[name].properties).filter((field) => $defs[name].properties[field].readOnly);
    expect(following('recurrent_encoder.token-classification')).toEqual([
      ...['vocab_size', 'pad_token_id', 'character_vocab_size', 'num_labels', 'id2label', 'label2id'],
    ]);
  });
});
