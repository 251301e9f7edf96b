import { positionNotes } from '../run/position-note.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import { mapSplits } from '../run/split.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { recipeWindows } from './config.ts';
import { type QuestionAnsweringData, questionAnsweringNotes } from './data.ts';
import { encodeQuestions, type QuestionSet } from './question-set.ts';
import { readerTask } from './reader.ts';
import type { QuestionAnsweringRecipe } from './recipe.ts';
import { readingLimit } from './window-choice.ts';

/**
 * A loaded recipe for question answering. A sample is a question; it is trained on in windows.
 *
 * @throws {InputError} when a question leaves too little room for its context.
 */
export function readerTraining(
  recipe: QuestionAnsweringRecipe,
  setup: RunSetup<'question-answering'>,
  data: QuestionAnsweringData,
): PreparedTask<QuestionSet> {
  const { train } = recipe;
  const { max_answer_length, null_score_diff_threshold } = train;
  const windows = recipeWindows(recipe, readingLimit(setup.tokens.maxTokens, data.tokenizer));
  const { version_2_with_negative } = recipe.data;
  const sets = mapSplits(data.texts, (text) => encodeQuestions(text, data.tokenizer, windows));
  const options = { max_answer_length, null_score_diff_threshold, version_2_with_negative };
  return {
    ...rowTraining((form) => readerTask(form, options), { setup, maxTokens: windows.max_length }, sets, train),
    lossOptions: { labelSmoothing: train.label_smoothing_factor },
    notes: [
      ...questionAnsweringNotes(data, sets, windows.max_length),
      ...positionNotes(recipe, setup.tokens.maxTokens, ['max_length', windows.max_length]),
    ],
    files: data.files,
  };
}
