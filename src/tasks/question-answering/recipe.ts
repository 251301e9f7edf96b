import * as z from 'zod';
import { tableFormats } from '../../data/read/table-format.ts';
import { dataFields, readFields, tableFields, textTokenizer } from '../recipe/data.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, samplesPerBatch, trainFields, trainOf } from '../recipe/train.ts';

const column = z.union([z.int().min(0), z.string().min(1)]);

/** How a file of questions is written. */
const layoutFields = {
  ...tableFields,
  format: z.enum(['squad', ...tableFormats]).optional(),
  columns: z.strictObject({ question: column, context: column, answers: column }).optional(),
};

const questionFile = z
  .strictObject({ file: z.string().min(1), ...layoutFields })
  .describe(
    'a file { file }: the JSON of SQuAD, or JSON lines, CSV or TSV with the columns question, context and answers, an object { text: […], answer_start: […] }; columns: { question, context, answers } for other names',
  );

const version_2_with_negative = z
  .boolean()
  .default(false)
  .describe('whether questions may have no answer, as in SQuAD 2.0');

/** The files of questions. */
export const questionData = z
  .strictObject({
    ...dataFields,
    train: questionFile,
    validation: questionFile.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: questionFile.optional().describe('scored once, with the final weights'),
    version_2_with_negative,
  })
  .describe('questions, the texts that answer them, and the answers with their places');

/** Settings of `data` for evaluating a file of questions. */
export const questionLayout = z.strictObject({ ...readFields, ...layoutFields, version_2_with_negative });

/** The fields of `train` that say how contexts are divided and answers chosen. */
export const answerFields = {
  max_length: z
    .int()
    .min(2)
    .optional()
    .describe(
      'the most tokens of a question with its context; longer contexts are divided into windows; by default 384, or as many as the model reads',
    ),
  doc_stride: z
    .int()
    .min(0)
    .optional()
    .describe(
      'tokens of the context that each window repeats of the one before it; by default 128, at most half of max_length',
    ),
  max_answer_length: z.int().min(1).default(30).describe('the most tokens of an answer'),
  null_score_diff_threshold: z
    .number()
    .default(0)
    .describe('no answer is given if its score exceeds that of the best answer by more than this'),
};

const train = trainOf(
  z.strictObject({
    ...trainFields({
      learning_rate: 5e-4,
      lr_scheduler_type: 'linear',
      label_smoothing_factor: 0,
      adam_beta2: 0.999,
      metrics: ['loss', 'exact_match', 'f1'],
    }),
    ...answerFields,
    ...samplesPerBatch('windows'),
  }),
);

/** The schema of a recipe for question answering. */
export const questionAnsweringRecipe = z
  .strictObject({
    task: z.literal('question-answering'),
    data: questionData,
    tokenizer: textTokenizer,
    model: modelOf('question-answering'),
    train,
  })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('the part of a text that answers a question');

/** A checked recipe for question answering, with its defaults filled in. */
export type QuestionAnsweringRecipe = z.output<typeof questionAnsweringRecipe>;
