import { runBase } from '../run/run-base.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkTaggerFields, taggerSetup, withCharacters } from './config.ts';
import { readTokenClassificationData } from './data.ts';
import { evaluateTaggedFile } from './evaluate.ts';
import { readInitialVectors } from './initial-vector.ts';
import { tokenClassificationPredictor } from './predict.ts';
import { type TokenClassificationRecipe, tokenClassificationRecipe } from './recipe.ts';
import { taggerTraining } from './training.ts';

/** Token classification: a tag for every word. */
export const tokenClassificationRow = {
  recipe: tokenClassificationRecipe,
  startDefaults: { per_device_train_batch_size: 32 },
  role: 'token-classification',
  freeParts: [
    { path: 'train.seqeval_scheme', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' },
    { path: 'tokenizer.pre_tokenizer', mayChange: () => true },
  ],
  async prepare(given, backend, checkpoint) {
    const base = await runBase(given, checkpoint);
    const recipe = withCharacters(given, base);
    checkTaggerFields(recipe, base);
    const data = await readTokenClassificationData(recipe, base?.folder ?? checkpoint);
    const setup = taggerSetup(recipe, data, base);
    const { vectors: file } = recipe.tokenizer;
    const { names } = data.reader;
    const vectors = file && names ? await readInitialVectors(recipe.data.root, file, names, setup.model) : undefined;
    return taskRun(taggerTraining(recipe, setup, data, vectors), recipe.train, backend);
  },
  evaluate: evaluateTaggedFile,
  predictor: tokenClassificationPredictor,
} satisfies TaskRow<TokenClassificationRecipe>;
