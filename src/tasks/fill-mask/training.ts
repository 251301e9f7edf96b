import { positionNotes } from '../run/position-note.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { type FillMaskData, fillMaskNotes } from './data.ts';
import { lowerIsBetter, maskedLmTask } from './masked-model.ts';
import type { FillMaskRecipe } from './recipe.ts';
import type { WindowedText } from './text-window.ts';

/** A loaded recipe for a masked language model. A sample is a window. */
export function maskedLmTraining(
  recipe: FillMaskRecipe,
  setup: RunSetup<'masked-lm'>,
  data: FillMaskData,
): PreparedTask<WindowedText> {
  const { train } = recipe;
  const { tokenizer, maskId, sets } = data;
  const { mlm_probability, seed, max_length } = train;
  const masking = { mlm_probability, maskId, vocabulary: tokenizer.vocabSize, seed };
  return {
    ...rowTraining((form) => maskedLmTask(form, masking), { setup, maxTokens: max_length }, sets, train),
    lossOptions: { labelSmoothing: train.label_smoothing_factor },
    notes: [
      ...fillMaskNotes(data, max_length),
      ...positionNotes(recipe, setup.tokens.maxTokens, ['max_length', max_length]),
    ],
    files: data.files,
    lowerIsBetter,
  };
}
