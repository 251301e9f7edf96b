import type { TaskRow } from '../task.ts';
import { textToTextAttentionPage } from './attention.ts';
import { checkModelFields, recipeModel } from './config.ts';
import { readTextToTextData } from './data.ts';
import { evaluateTextToTextFiles } from './evaluate.ts';
import type { TextToTextTask } from './output.ts';
import { textToTextPipeline } from './pipeline.ts';
import { textToTextPredictor } from './predict.ts';
import type { TextToTextRecipe } from './recipe.ts';
import { TextToTextRun } from './training.ts';

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
