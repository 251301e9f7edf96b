import { readInitialVectors } from './initial-vector.ts';
import type { TaskRow } from './task.ts';
import { TokenClassificationTask } from './token-classification.ts';
import { checkTaggerFields, taggerSetup, withCharacters } from './token-classification-config.ts';
import { readTokenClassificationData } from './token-classification-data.ts';
import { evaluateTaggedFile } from './token-classification-evaluate.ts';
import { tokenClassificationPredictor } from './token-classification-predict.ts';
import { type TokenClassificationRecipe, tokenClassificationRecipe } from './token-classification-recipe.ts';

/** Token classification: what every word is. */
export const tokenClassificationRow = {
  recipe: tokenClassificationRecipe,
  architectures: /ForTokenClassification$/,
  freeParts: [{ path: 'train.seqeval_scheme', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' }],
  async prepare(given, backend) {
    const recipe = withCharacters(given);
    checkTaggerFields(recipe);
    const data = await readTokenClassificationData(recipe);
    const setup = taggerSetup(recipe, data);
    const { vectors: file } = recipe.tokenizer;
    const { names } = data.reader;
    const vectors = file && names ? await readInitialVectors(recipe.data.root, file, names, setup) : undefined;
    return new TokenClassificationTask(recipe, setup, data, { backend, vectors });
  },
  evaluate: evaluateTaggedFile,
  predictor: tokenClassificationPredictor,
} satisfies TaskRow<TokenClassificationRecipe>;
