import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedTrainingValues, completedRecipe } from '../../../src/tasks/recipe/change.ts';
import { loadRecipe } from '../../../src/tasks/recipe/file.ts';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';
import { completeArguments } from '../../../src/train/complete-arguments.ts';
import { taskSamples } from '../task-sample.ts';

const shipped = join(import.meta.dirname, '../../../recipes');
const names = (await readdir(shipped)).filter((name) => name.endsWith('.yaml'));
const kept = (recipe: object) => completedRecipe(JSON.parse(JSON.stringify(recipe)));

test.each(names)('%s kept in a run and read again is the same recipe', async (name) => {
  const recipe = await loadRecipe(join(shipped, name));
  expect(changedTrainingValues(kept(recipe)!, recipe)).toEqual([]);
  expect(kept(recipe)).toEqual(JSON.parse(JSON.stringify(recipe)));
});

test.each(taskSamples)('a recipe of $task kept in a run and read again is the same recipe', ({ recipe: text }) => {
  const recipe = parseRecipe(text, 'recipe.yaml');
  expect(kept(recipe)).toEqual(JSON.parse(JSON.stringify(recipe)));
});

test('a kept recipe with a field that recipes no longer have stays as it is, and part of a recipe is not one', () => {
  const parts = { data: {}, tokenizer: { kind: 'bpe' }, model: { model_type: 'marian' }, train: {} };
  const earlier = { task: 'translation', ...parts, novel: 1 };
  expect(completedRecipe(earlier)).toBe(earlier);
  for (const recipe of [
    { task: 'translation', novel: 1 },
    { ...parts, task: '__proto__' },
    { ...earlier, model: {} },
    {},
  ]) {
    expect(completedRecipe(recipe)).toBeUndefined();
  }
});

test('a kept recipe with a field that has no effect is that without it, and one with an effect is not', () => {
  const lines = 'task: translation\ndata: { train: { source: a, target: b } }\nmodel: { model_type: marian }\n';
  const recipe = parseRecipe(`${lines}train: { optim: sgd, max_steps: 9 }\n`, 'recipe.yaml');
  const was = { ...recipe, train: { ...recipe.train, adam_beta1: 0.5 } } as typeof recipe;
  expect(changedTrainingValues(was, recipe)).toEqual([]);
  const adam = (settings: string[]) => parseRecipe(`${lines}train: { max_steps: 9 }\n`, 'recipe.yaml', settings);
  expect(changedTrainingValues(adam(['train.adam_beta1=0.5']), adam([]))).toHaveLength(1);
});

test('what a run without a warm-up or a validation set keeps is a recipe that can be read again', () => {
  const lines = 'task: translation\ndata: { train: { source: a, target: b } }\nmodel: { model_type: marian }\n';
  const recipe = parseRecipe(`${lines}train: { lr_scheduler_type: constant, max_steps: 99 }\n`, 'recipe.yaml');
  const { eval_steps, ...train } = completeArguments(recipe.train, 10);
  expect([train.warmup_steps, eval_steps]).toEqual([0, 10]);
  expect(parseRecipe(JSON.stringify({ ...recipe, train }), 'recipe.json').train.warmup_steps).toBe(0);
});

test('a field of the model with its default value counts as absent', () => {
  const lines = 'task: translation\ndata: { train: { source: a, target: b } }\nmodel: { model_type: marian }\n';
  const [plain, given, other] = [[], ['model.decoder_layers=6'], ['model.decoder_layers=5']].map((settings) =>
    parseRecipe(lines, 'recipe.yaml', settings),
  );
  expect(changedTrainingValues(plain, given)).toEqual([]);
  expect(changedTrainingValues(given, plain)).toEqual([]);
  expect(changedTrainingValues(given, other)).toEqual([{ path: 'model.decoder_layers', was: 6, is: 5 }]);
  expect(changedTrainingValues(plain, other)).toEqual([{ path: 'model.decoder_layers', was: 6, is: 5 }]);
});
