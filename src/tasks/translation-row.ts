import type { TaskRow } from './task.ts';
import { TranslationTask } from './translation.ts';
import { translationAttentionPage } from './translation-attention.ts';
import { checkModelFields, recipeModel } from './translation-config.ts';
import { readTranslationData } from './translation-data.ts';
import { evaluateTranslationFiles } from './translation-evaluate.ts';
import { translationPredictor } from './translation-predict.ts';
import { type TranslationRecipe, translationRecipe } from './translation-recipe.ts';

/** Translation: a text into another text. */
export const translationRow = {
  recipe: translationRecipe,
  architectures: /MTModel$|ForConditionalGeneration$/,
  freeParts: [
    { path: 'generation', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' },
    { path: 'generation.num_beams', mayChange: () => true },
  ],
  async prepare(recipe, backend) {
    checkModelFields(recipe);
    const data = await readTranslationData(recipe);
    return new TranslationTask(recipe, recipeModel(recipe, data), data, backend);
  },
  evaluate: evaluateTranslationFiles,
  predictor: translationPredictor,
  attentionPage: translationAttentionPage,
} satisfies TaskRow<TranslationRecipe>;
