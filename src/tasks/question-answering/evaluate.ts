import * as z from 'zod';
import { readQuestions } from '../../data/read/question.ts';
import { evaluationOptions } from '../model/evaluation-option.ts';
import { layoutOf } from '../recipe/layout.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { rowEvaluator } from '../run/row-task.ts';
import { questionSetNotes } from './data.ts';
import { loadReader } from './loaded-reader.ts';
import { encodeQuestions } from './question-set.ts';
import { readerTask } from './reader.ts';
import { answerFields, questionData, questionLayout } from './recipe.ts';
import { readingLimit, windowOptions } from './window-choice.ts';

const train = z.strictObject(answerFields);

interface Recorded {
  readonly data: z.output<typeof questionData>;
  readonly train?: z.input<typeof train>;
}

/** The options of an evaluation of a file. */
const form = (file: string) => ({
  recorded: z.looseObject({ data: questionData, train: train.loose().optional() }),
  usual: ({ data, train: given = {} }: Recorded) => {
    const { max_length, doc_stride, max_answer_length, null_score_diff_threshold } = given;
    return {
      data: layoutOf(data, file),
      train: { max_length, doc_stride, max_answer_length, null_score_diff_threshold },
    };
  },
  options: z.strictObject({ data: questionLayout.prefault({}), train: train.prefault({}) }),
});

/** Scores a question-answering model on a file of questions, divided into windows like those it was trained on. */
export const evaluateQuestionFile = fileEvaluation('question-answering', 'file', async (source, file, settings) => {
  const chosen = await evaluationOptions(source.folder, settings, form(file));
  const { version_2_with_negative, max_unpacked_bytes, ...layout } = chosen.data;
  const { model, tokenizer } = await loadReader(source);
  const { max_length, doc_stride, ...options } = chosen.train;
  const limit = readingLimit(model.tokens.maxTokens, tokenizer);
  const windows = windowOptions({ max_length, doc_stride }, limit, (option) => `evaluate: train.${option}`);
  const text = await readQuestions('', { ...layout, file }, { version_2_with_negative, max_unpacked_bytes });
  const set = encodeQuestions(text, tokenizer, windows);
  const answers = { ...options, version_2_with_negative };
  return {
    model,
    set,
    evaluator: (engine) => rowEvaluator((form) => readerTask(form, answers), model, engine),
    notes: [...text.notes, ...questionSetNotes(set, '', windows.max_length)],
  };
});
