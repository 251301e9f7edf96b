import * as z from 'zod';
import { dataFields, readFields, tableFields } from '../recipe/data.ts';

const column = z.union([z.int().min(0), z.string().min(1)]);

/** How a table of pairs is laid out. */
const pairFields = {
  ...tableFields,
  columns: z
    .strictObject({ source: column, target: column })
    .refine((columns) => columns.source !== columns.target, 'expected two different columns, got one twice')
    .default({ source: 0, target: 1 }),
};

/** Settings of `data` where a table of pairs is evaluated. */
export const pairLayout = z.strictObject({ ...readFields, ...pairFields });

const ofTable = z
  .unknown()
  .refine((value) => value === undefined, 'not used with two files, only with a table; remove it')
  .optional();

/** Settings of `data` where two files are evaluated: they have nothing of a table. */
export const fileLayout = z.strictObject({
  ...readFields,
  format: ofTable,
  delimiter: ofTable,
  header: ofTable,
  columns: ofTable,
});

/** Two files of equally many lines, or two columns of a table; `.gz` is read as it is. */
const parallelCorpus = z
  .union([
    z.strictObject({ source: z.string().min(1), target: z.string().min(1) }),
    z.strictObject({ file: z.string().min(1), ...pairFields }),
  ])
  .describe(
    'two parallel files { source, target }, or a table { file, columns: { source, target } }, CSV, TSV or JSON lines; columns by name or from 0; format, header and delimiter where the name and the columns do not tell',
  );

/** Where pairs of texts lie. */
export const parallelData = z
  .strictObject({
    ...dataFields,
    train: parallelCorpus,
    validation: parallelCorpus.optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: parallelCorpus.optional().describe('scored once, with the finished weights'),
  })
  .describe('texts and what each becomes: its translation, its summary, its pronunciation');
