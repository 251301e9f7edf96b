/** Fields of recipes that have another name here, or stand in the wrong part. */
import { expect, test } from 'vitest';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';

const recipe = `
task: translation
data: { train: { source: a.en, target: a.de }, validation: { file: a.tsv } }
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

test.each([
  ['train.epochs=3', 'unknown field "epochs" in train; did you mean "num_train_epochs"?'],
  ['train.batch_size=3', 'unknown field "batch_size" in train; did you mean "max_tokens_per_batch"?'],
  ['train.lr=1e-3', 'unknown field "lr" in train; did you mean "learning_rate"?'],
  ['train.eval_beams=2', 'unknown field "eval_beams" in train'],
  ['generation.beam_size=2', 'unknown field "beam_size" in generation; did you mean "num_beams"?'],
  ['generation.max_length=2', 'unknown field "max_length" in generation; did you mean "max_new_tokens"?'],
  ['tokenizer.vocab=300', 'unknown field "vocab" in tokenizer; did you mean "vocab_size"?'],
  ['tokenizer.type=word', 'unknown field "type" in tokenizer; did you mean "kind"?'],
  ['data.dev={ file: a }', 'unknown field "dev" in data; did you mean "validation"?'],
  [
    'data.validation.columns={ src: 0, target: 1 }',
    'unknown field "src" in data.validation.columns; did you mean "source"?',
  ],
  ['dataset={}', 'unknown field "dataset"; did you mean "data"?'],
])('another toolkit’s name for a field is recognised: %s', (setting, message) => {
  expect(() => parseRecipe(recipe, 'recipe.yaml', [setting])).toThrow(`--set: ${message}`);
});
