import type * as z from 'zod';
import { runBase } from '../run/run-base.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkModelFields, recipeModel } from './config.ts';
import { readTextToTextData } from './data.ts';
import { evaluateTextToTextFiles } from './evaluate.ts';
import { byKind, type TextToTextTask, textToTextKinds } from './kinds.ts';
import { textToTextPipelines } from './pipeline.ts';
import { textToTextPredictor } from './predict.ts';
import type { TextToTextRecipe } from './recipe.ts';
import { textToTextTraining } from './training.ts';

type Rows = { readonly [T in TextToTextTask]: TaskRow<z.output<(typeof textToTextKinds)[T]['recipe']>> };

/** The row of every task from texts to texts. */
export const textToTextRows = byKind(textToTextRow) as Rows;

function textToTextRow(task: TextToTextTask): TaskRow<TextToTextRecipe> {
  const { recipe, scorer } = textToTextKinds[task];
  const open = textToTextPipelines[task];
  return {
    recipe,
    role: 'sequence-to-sequence',
    freeParts: [
      { path: 'generation', mayChange: ({ train }) => train.metric_for_best_model === 'eval_loss' },
      { path: 'generation.num_beams', mayChange: () => true },
    ],
    async prepare(chosen, backend, checkpoint) {
      const base = await runBase(chosen, checkpoint);
      checkModelFields(chosen, base);
      const data = await readTextToTextData(chosen, base?.folder ?? checkpoint);
      return taskRun(textToTextTraining(chosen, recipeModel(chosen, data, base), data, scorer), chosen.train, backend);
    },
    evaluate: (source, call) => evaluateTextToTextFiles(open, source, call),
    predictor: textToTextPredictor(open),
  };
}
