import { runBase } from '../run/run-base.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkReaderFields, readerSetup } from './config.ts';
import { readQuestionAnsweringData } from './data.ts';
import { evaluateQuestionFile } from './evaluate.ts';
import { questionAnsweringPredictor } from './predict.ts';
import { type QuestionAnsweringRecipe, questionAnsweringRecipe } from './recipe.ts';
import { readerTraining } from './training.ts';

/** Question answering: the part of a text that answers a question. */
export const questionAnsweringRow = {
  recipe: questionAnsweringRecipe,
  startDefaults: { per_device_train_batch_size: 32 },
  role: 'question-answering',
  freeParts: [],
  async prepare(recipe, backend, checkpoint) {
    const base = await runBase(recipe, checkpoint);
    checkReaderFields(recipe, base);
    const data = await readQuestionAnsweringData(recipe, base?.folder ?? checkpoint);
    return taskRun(readerTraining(recipe, readerSetup(recipe, data.tokenizer, base), data), recipe.train, backend);
  },
  evaluate: evaluateQuestionFile,
  predictor: questionAnsweringPredictor,
} satisfies TaskRow<QuestionAnsweringRecipe>;
