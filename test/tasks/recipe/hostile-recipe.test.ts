import { describe, expect, test } from 'vitest';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';

const begun = 'task: translation\n';

const refusal = (text: string, settings: readonly string[] = []): string => {
  try {
    parseRecipe(text, 'recipe.yaml', settings);
  } catch (error) {
    return String(error);
  }
  return 'none';
};

describe('a recipe is refused without delay', () => {
  test.each(['[', '{"a":', '- ', '? ', '- - ? [{'])(
    'for 100,000 times %j in one another',
    (opening) => {
      expect(refusal(`${begun}more: ${opening.repeat(1e5)}`)).toMatch(
        /^InputError: recipe\.yaml:2:\d+: the fields are nested too deeply$/,
      );
    },
    5000,
  );

  test.each([
    ['quotes', '"'.repeat(1e5)],
    ['fields', Array.from({ length: 2e4 }, (_, i) => `k${i}: 1`).join('\n')],
    ['tags', '!a '.repeat(3e4)],
  ])(
    'for a text of far too many %s',
    (_, text) => {
      expect(refusal(`${begun}${text}`)).toMatch(
        /^InputError: recipe\.yaml: expected at most 32768 characters, got \d+$/,
      );
      expect(refusal(begun, [`model.x=a${text}`])).toContain('--set model.x: expected at most 32768 characters');
    },
    5000,
  );
});

test('a key that is a mapping is unknown, and the process gives no warning', async () => {
  const warnings: string[] = [];
  const keep = ({ message }: Error): void => {
    warnings.push(message);
  };
  process.on('warning', keep);
  expect(refusal(`${begun}data: {}\nmodel: { model_type: marian }\n{ a: b }: 1\n`)).toContain(
    'unknown field "{ a: b }"',
  );
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});
