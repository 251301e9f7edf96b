/** Fields of recipes that stand in the wrong part. */
import { expect, test } from 'vitest';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';

const recipe = `
task: translation
data: { train: { source: a.en, target: a.de } }
model: { model_type: marian }
`;

test.each([
  ['epochs=3', 'unknown field "epochs"; did you mean "train.num_train_epochs"?'],
  ['learning_rate=1e-3', 'unknown field "learning_rate"; did you mean "train.learning_rate"?'],
  ['num_beams=2', 'unknown field "num_beams"; did you mean "generation.num_beams"?'],
  ['train.vocab_size=300', 'unknown field "vocab_size" in train; did you mean "tokenizer.vocab_size"?'],
  ['train.dropout=0.3', 'unknown field "dropout" in train; did you mean "model.dropout"?'],
  ['hidden_size=64', 'unknown field "hidden_size"; did you mean "model.d_model"?'],
  ['generation.max_steps=3', 'unknown field "max_steps" in generation; did you mean "train.max_steps"?'],
])('a field is pointed to the part that has it: %s', (setting, message) => {
  expect(() => parseRecipe(recipe, 'recipe.yaml', [setting])).toThrow(`--set: ${message}`);
});
