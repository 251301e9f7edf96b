/** The options of `train` and `evaluateFiles`: each acts or is refused, before anything is read or written. */
import { expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { evaluateFiles, parseRecipe, train } from '../../../src/tasks/index.ts';

const recipe = parseRecipe(
  'task: text-generation\ndata: { train: missing.txt }\nmodel: { model_type: transformer_lm }\ntrain: { max_steps: 2 }',
  'recipe',
);
const training = (options: object) => train(recipe, { out: 'never-made', backend: nodeBackend(), ...options });

test('a training refuses a misspelt option, and one that is missing', async () => {
  await expect(training({ overwite: true })).rejects.toThrow(
    'train: unknown option "overwite"; did you mean "overwrite"?',
  );
  await expect(training({ resume: 'yes' })).rejects.toThrow('train: resume: expected true or false, got "yes"');
  await expect(training({ out: undefined })).rejects.toThrow('train: out: expected a folder, got undefined');
  await expect(training({ backend: 'cpu' })).rejects.toThrow(
    'train: backend: expected an engine, such as nodeBackend() of heddle/runtime/node, got cpu',
  );
});

test('an evaluation refuses a misspelt option', () => {
  const call = { data: ['a', 'b'], settings: [], lowMemory: true };
  return expect(evaluateFiles('model', call)).rejects.toThrow(
    'evaluate: unknown option "lowMemory"; did you mean "low_memory"?',
  );
});
