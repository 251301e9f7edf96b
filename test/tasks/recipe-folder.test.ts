/** The recipes that the package ships. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/family.ts';
import { loadRecipe } from '../../src/tasks/recipe-file.ts';

const folder = join(import.meta.dirname, '../../recipes');
const files = readdirSync(folder);

/** What a tokenizer would add to a recipe's model fields. */
const tokens = { vocab_size: 300, pad_token_id: 299, decoder_start_token_id: 299 };

test('there are recipes', () => {
  expect(files.length).toBeGreaterThan(1);
});

describe.each(files)('%s', (file) => {
  test('is a recipe, and its model can be built', async () => {
    const recipe = await loadRecipe(join(folder, file));
    const setup = checkConfig({ ...recipe.model, ...tokens }, file, { isStrict: true });
    expect(setup.tokens.maxTokens).toBeGreaterThanOrEqual(recipe.train.max_length);
    if ('generation' in recipe) {
      expect(setup.tokens.maxTokens).toBeGreaterThanOrEqual(recipe.generation.max_new_tokens);
    }
  });

  test('takes the place of its data from data.root alone', async () => {
    const recipe = await loadRecipe(join(folder, file), ['data.root=/elsewhere']);
    expect(recipe.data.root).toBe('/elsewhere');
    const { train, validation, test: scored } = recipe.data;
    const paths = [train, validation, scored]
      .flatMap((entry) => Object.values(entry ?? {}))
      .filter((x) => typeof x === 'string');
    expect(paths.length).toBeGreaterThanOrEqual(3);
    expect(paths.filter((path) => path.startsWith('/') || path.includes('..'))).toEqual([]);
  });
});
