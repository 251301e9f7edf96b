import * as z from 'zod';
import { tableFormats } from '../../data/read/table-format.ts';

const column = z.int().min(0);

/** A column by its number, from 0, or by its name. */
export const place = z.union([column, z.string().min(1)]);

/** The most bytes that gzip may unpack to, for recipes and evaluations. */
const max_unpacked_bytes = z
  .int()
  .min(1)
  .optional()
  .describe('the most bytes that a `.gz` file may unpack to; by default a hundred times its size, at least 256 MiB');

/** The fields that every recipe's `data` has. */
export const dataFields = {
  root: z.string().min(1).default('.').describe('folder of the files below, relative to the current directory'),
  max_unpacked_bytes,
};

/** Settings of `data` in every evaluation. */
export const readFields = { max_unpacked_bytes };

/** How the columns of a table are separated and named. */
export const tableFields = {
  format: z.enum(tableFormats).optional(),
  delimiter: z.string().min(1).optional(),
  header: z.boolean().optional(),
};

/** The layout of a table of labelled texts. */
const labelledFields = {
  ...tableFields,
  columns: z
    .strictObject({
      text: place,
      text_pair: place.optional().describe('the second text, for labels of pairs: a question and its answer'),
      label: place,
    })
    .default({ text: 0, label: 1 }),
};

const label_separator = z
  .string()
  .min(1)
  .optional()
  .describe('separates several labels of one text; for problem_type multi_label_classification');

/** A table with a text and its label in each row. */
const labelledTable = z
  .strictObject({ file: z.string().min(1), ...labelledFields })
  .describe(
    'a table { file, columns: { text, label } }, with text_pair for pairs of texts, CSV, TSV or JSON lines; columns by name or number, from 0; format, header and delimiter if they do not follow from the file name and the columns',
  );

/** The files of labelled texts. */
export const labelledData = z
  .strictObject({
    ...dataFields,
    train: labelledTable,
    validation: labelledTable.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: labelledTable.optional().describe('scored once, with the final weights'),
    label_separator,
  })
  .describe('texts and their labels');

/** Settings of `data` for evaluating a table of labelled texts. */
export const labelledLayout = z.strictObject({ ...readFields, ...labelledFields, label_separator });

/** The smallest vocabulary of a byte-level tokenizer: all bytes and `</s>`, `<unk>`, `<pad>`. */
const leastByteVocabulary = 259;

/** The fields that every recipe's `tokenizer` has. */
export const tokenizerFields = {
  kind: z
    .enum(['bpe', 'char', 'word'])
    .default('bpe')
    .describe('byte pairs (Sennrich et al. 2016), characters or words'),
  vocab_size: z.int().min(4).default(10000).describe('the most tokens, including special ones'),
  lowercase: z.boolean().default(false).describe('lower-case all text'),
  byte_level: z
    .boolean()
    .default(true)
    .describe('start byte pairs from bytes, so that nothing is unknown; otherwise from characters'),
  min_frequency: z.int().min(1).default(1).describe('rarer characters and words become unknown'),
};

/** Checks that a byte-level vocabulary has room for all bytes. */
export const hasRoomForBytes = [
  (chosen: { readonly kind: string; readonly byte_level: boolean; readonly vocab_size: number }) =>
    chosen.kind !== 'bpe' || !chosen.byte_level || chosen.vocab_size >= leastByteVocabulary,
  {
    path: ['vocab_size'] as string[],
    error: `expected at least ${leastByteVocabulary} with byte_level (256 bytes and 3 special tokens)`,
  },
] as const;

/** The tokenizer that is trained on the training texts. */
export const textTokenizer = z
  .strictObject(tokenizerFields)
  .refine(...hasRoomForBytes)
  .prefault({});
