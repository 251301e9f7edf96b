import * as z from 'zod';
import { tableFormats } from '../../data/read/table-format.ts';

const column = z.int().min(0);

const place = z.union([column, z.string().min(1)]);

/** Most bytes of gzip, for recipes and evaluations. */
const max_unpacked_bytes = z
  .int()
  .min(1)
  .optional()
  .describe('bytes at most that a `.gz` file may unpack to; by default a hundred times the file, 256 MiB at least');

/** What every recipe's `data` has. */
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

/** How a table of labelled texts is laid out. */
const labelledFields = {
  ...tableFields,
  columns: z.strictObject({ text: place, label: place }).default({ text: 0, label: 1 }),
};

const label_separator = z
  .string()
  .min(1)
  .optional()
  .describe('stands between the labels of a text that may have many: problem_type multi_label_classification');

/** A table whose rows are texts with labels. */
const labelledTable = z
  .strictObject({ file: z.string().min(1), ...labelledFields })
  .describe(
    'a table { file, columns: { text, label } }, CSV, TSV or JSON lines; columns by name or from 0; format, header and delimiter where the name and the columns do not tell',
  );

/** Where labelled texts lie. */
export const labelledData = z
  .strictObject({
    ...dataFields,
    train: labelledTable,
    validation: labelledTable.optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: labelledTable.optional().describe('scored once, with the finished weights'),
    label_separator,
  })
  .describe('texts and what each is labelled with');

/** Settings of `data` where a table of labelled texts is evaluated. */
export const labelledLayout = z.strictObject({ ...readFields, ...labelledFields, label_separator });

/** Least vocabulary of a byte-level tokenizer: every byte and `</s>`, `<unk>`, `<pad>`. */
const leastByteVocabulary = 259;

/** What every recipe's `tokenizer` has. */
export const tokenizerFields = {
  kind: z
    .enum(['bpe', 'char', 'word'])
    .default('bpe')
    .describe('byte pairs (Sennrich et al. 2016), characters or words'),
  vocab_size: z.int().min(4).default(10000).describe('tokens at most, special ones counted'),
  lowercase: z.boolean().default(false).describe('lower-case all text'),
  byte_level: z
    .boolean()
    .default(true)
    .describe('byte pairs begin from bytes, so that nothing is unknown; else from characters'),
  min_frequency: z.int().min(1).default(1).describe('characters and words that are rarer are unknown'),
};

/** A check of `tokenizer`: a byte-level vocabulary has all bytes. */
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
