import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { recordedRecipe } from '../folder/recorded-recipe.ts';
import { ofFilledLines } from '../model/filled-line.ts';
import { parseSetting, withSetting } from '../recipe/setting.ts';
import type { LinePredictor, Prediction, TaskRow } from '../task.ts';
import type { QuestionInput } from './given-question.ts';
import { type QuestionAnsweringOutput, questionAnsweringPipeline } from './pipeline.ts';

const count = z.int().min(1).optional();
const settable = z.strictObject({
  top_k: count,
  max_seq_len: count,
  doc_stride: z.int().min(0).optional(),
  max_answer_len: count,
  handle_impossible_answer: z.boolean().optional(),
  align_to_words: z.boolean().optional(),
});

/** What a model's recipe says about questions without an answer. */
const layout = z.looseObject({
  data: z.looseObject({ version_2_with_negative: z.boolean().optional() }).optional(),
});

/** A blank line asks nothing: its result is blank too. */
const blank: Prediction = { text: '', json: { score: null, start: null, end: null, answer: null } };

/** A line as a question and its context, which may have further tabs. @throws {InputError} for a line without a tab. */
function inputOf(line: string, where: string): QuestionInput {
  const tab = line.indexOf('\t');
  const [question, context] = [line.slice(0, tab), line.slice(tab + 1)];
  if (tab >= 0 && question.trim() !== '' && context.trim() !== '') return { question, context };
  const start = JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
  throw new InputError(`${where}: expected a question, a tab and a context, got ${start}`);
}

/** The answers as a line. */
function shown(output: QuestionAnsweringOutput): Prediction {
  const [{ answer } = { answer: '' }] = Array.isArray(output) ? output : [output];
  // A line break becomes a space, so that every result is one line.
  return { text: answer.replace(/[\r\n]+/g, ' '), json: output };
}

/**
 * A question-answering model that processes lines: the answer to each; with `json` the pipeline's result. A model whose
 * recipe has questions without an answer may leave a line blank.
 */
export const questionAnsweringPredictor: TaskRow['predictor'] = (settings, { json }) => {
  const chosen = check(settable, settings.map(parseSetting).reduce<unknown>(withSetting, {}), '--set');
  if ((chosen.top_k ?? 1) > 1 && !json) {
    throw new InputError(
      `--set top_k=${chosen.top_k}: expected 1 in plain text, which has one answer a line; add --json`,
    );
  }
  return async (source): Promise<LinePredictor> => {
    const recipe = await recordedRecipe(source.folder, layout);
    const answer = await questionAnsweringPipeline(source);
    const options = { handle_impossible_answer: recipe?.data?.version_2_with_negative, ...chosen };
    return {
      predict: (lines, placeOf = (line) => `line ${line + 1}`) =>
        ofFilledLines(lines, blank, async (texts, numbers) => {
          const inputs = texts.map((text, at) => inputOf(text, placeOf(itemAt(numbers, at, 'a line'))));
          return (await answer(inputs, options)).map(shown);
        }),
      dispose: () => answer.dispose(),
    };
  };
};
