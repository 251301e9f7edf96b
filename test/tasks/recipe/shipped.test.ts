/** The recipes that the package ships. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { loadRecipe } from '../../../src/tasks/recipe/file.ts';
import { taskRow } from '../../../src/tasks/task-list.ts';
import { temporaryFolder } from '../model-folder.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const temporary = await temporaryFolder();
afterAll(() => rm(temporary, { recursive: true, force: true }));

const folder = join(import.meta.dirname, '../../../recipes');
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

test('there are recipes', () => {
  expect(files.length).toBeGreaterThan(1);
});

describe.each(files)('%s', (file) => {
  test('is a recipe whose model can be built: all it lacks are its data', async () => {
    const started = (await loadRecipe(join(folder, file))).model.model_name_or_path !== undefined;
    const base = started ? [`model.model_name_or_path=${await writeTinyBert(join(temporary, file))}`] : [];
    const recipe = await loadRecipe(join(folder, file), ['data.root=nowhere', ...base]);
    await expect(taskRow(recipe.task).prepare(recipe, nodeBackend())).rejects.toThrow(/nowhere\/.*: .*no such file/);
  });

  test('has positions for its texts', async () => {
    const { model, train, ...rest } = await loadRecipe(join(folder, file));
    if (!('max_position_embeddings' in model)) return;
    if ('max_length' in train) expect(model.max_position_embeddings).toBeGreaterThanOrEqual(train.max_length ?? 0);
    if ('generation' in rest) {
      expect(model.max_position_embeddings).toBeGreaterThanOrEqual(rest.generation.max_new_tokens);
    }
  });

  test('takes the place of its data from data.root alone', async () => {
    const recipe = await loadRecipe(join(folder, file), ['data.root=/elsewhere']);
    expect(recipe.data.root).toBe('/elsewhere');
    const { train, validation, test: scored } = recipe.data;
    const paths = [train, validation, scored]
      .flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry ?? {})))
      .filter((x) => typeof x === 'string');
    expect(paths.length).toBeGreaterThanOrEqual(1);
    expect(paths.filter((path) => path.startsWith('/') || path.includes('..'))).toEqual([]);
  });
});
