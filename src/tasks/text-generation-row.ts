import type { TaskRow } from './task.ts';
import { TextGenerationTask } from './text-generation.ts';
import { checkLanguageModelFields, languageModelSetup } from './text-generation-config.ts';
import { readTextGenerationData } from './text-generation-data.ts';
import { evaluateTextFile } from './text-generation-evaluate.ts';
import { textGenerationPredictor } from './text-generation-predict.ts';
import { type TextGenerationRecipe, textGenerationRecipe } from './text-generation-recipe.ts';

/** Text generation: what follows a text. */
export const textGenerationRow = {
  recipe: textGenerationRecipe,
  architectures: /^Heddle\w+LM$|ForCausalLM$|LMHeadModel$/,
  freeParts: [{ path: 'generation', mayChange: () => true }],
  async prepare(recipe, backend) {
    checkLanguageModelFields(recipe);
    const data = await readTextGenerationData(recipe);
    return new TextGenerationTask(recipe, languageModelSetup(recipe, data), data, backend);
  },
  evaluate: evaluateTextFile,
  predictor: textGenerationPredictor,
} satisfies TaskRow<TextGenerationRecipe>;
