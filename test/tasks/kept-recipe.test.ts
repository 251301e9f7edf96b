import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedTrainingValues, completedRecipe } from '../../src/tasks/recipe/change.ts';
import { loadRecipe } from '../../src/tasks/recipe/file.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { taskSamples } from './task-sample.ts';

const shipped = join(import.meta.dirname, '../../recipes');
const names = (await readdir(shipped)).filter((name) => name.endsWith('.yaml'));
const kept = (recipe: object) => completedRecipe(JSON.parse(JSON.stringify(recipe)));

test.each(names)('%s kept in a run and read again is the same recipe', async (name) => {
  const recipe = await loadRecipe(join(shipped, name));
  expect(changedTrainingValues(kept(recipe), recipe)).toEqual([]);
  expect(kept(recipe)).toEqual(JSON.parse(JSON.stringify(recipe)));
});

test.each(taskSamples)('a recipe of $task kept in a run and read again is the same recipe', ({ recipe: text }) => {
  const recipe = parseRecipe(text, 'recipe.yaml');
  expect(kept(recipe)).toEqual(JSON.parse(JSON.stringify(recipe)));
});

test('a kept recipe of a form that is none any more stays as it is', () => {
  for (const recipe of [{ task: 'translation', novel: 1 }, { task: '__proto__' }, {}]) {
    expect(completedRecipe(recipe)).toBe(recipe);
  }
});
