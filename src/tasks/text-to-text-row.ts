import type { TaskRow } from './task.ts';
import { TextToTextRun } from './text-to-text.ts';
import { textToTextAttentionPage } from './text-to-text-attention.ts';
import { checkModelFields, recipeModel } from './text-to-text-config.ts';
import { readTextToTextData } from './text-to-text-data.ts';
import { evaluateTextToTextFiles } from './text-to-text-evaluate.ts';
import type { TextToTextTask } from './text-to-text-output.ts';
import { textToTextPipeline } from './text-to-text-pipeline.ts';
import { textToTextPredictor } from './text-to-text-predict.ts';
import type { TextToTextRecipe } from './text-to-text-recipe.ts';

/** What is particular to a task from texts to texts. */
interface TextToTextKind<R extends TextToTextRecipe> extends Pick<TaskRow<R>, 'recipe' | 'architectures'> {
  readonly task: TextToTextTask;
}

/** The row of a task from texts to texts. */
export const textToTextRow = <R extends TextToTextRecipe>({
  task,
  recipe,
  architectures,
}: TextToTextKind<R>): TaskRow<R> => {
  const open = textToTextPipeline(task);
  return {
    recipe,
    architectures,
    freeParts: [
      { path: 'generation', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' },
      { path: 'generation.num_beams', mayChange: () => true },
    ],
    async prepare(chosen, backend) {
      checkModelFields(chosen);
      const data = await readTextToTextData(chosen);
      return new TextToTextRun(chosen, recipeModel(chosen, data), data, backend);
    },
    evaluate: (source, call) => evaluateTextToTextFiles(open, source, call),
    predictor: textToTextPredictor(open),
    attentionPage: textToTextAttentionPage(open),
  };
};
