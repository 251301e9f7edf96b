import * as z from 'zod';
import { dataFields, readFields, tableFields } from '../recipe/data.ts';

const column = z.union([z.int().min(0), z.string().min(1)]);

/** The layout of a table of pairs. */
const pairFields = {
  ...tableFields,
  columns: z
    .strictObject({ source: column, target: column })
    .refine((columns) => columns.source !== columns.target, 'expected two different columns, got the same one twice')
    .default({ source: 0, target: 1 }),
};

/** Settings of `data` for evaluating a table of pairs. */
export const pairLayout = z.strictObject({ ...readFields, ...pairFields });

const ofTable = z
  .unknown()
  .refine((value) => value === undefined, 'not used with two files, only with a table; remove it')
  .optional();

/** Settings of `data` for evaluating two files, without those of a table. */
export const fileLayout = z.strictObject({
  ...readFields,
  format: ofTable,
  delimiter: ofTable,
  header: ofTable,
  columns: ofTable,
});

/** Two files with the same number of lines, or two columns of a table; plain or `.gz`. */
const parallelCorpus = z
  .union([
    z
      .strictObject({ source: z.string().min(1), target: z.string().min(1) })
      .refine((files) => files.source !== files.target, 'expected two different files, got the same one twice'),
    z.strictObject({ file: z.string().min(1), ...pairFields }),
  ])
  .describe(
    'two parallel files { source, target }, or a table { file, columns: { source, target } }, CSV, TSV or JSON lines; columns by name or number, from 0; format, header and delimiter if they do not follow from the file name and the columns',
  );

/** The files of text pairs. */
export const parallelData = z
  .strictObject({
    ...dataFields,
    train: parallelCorpus,
    validation: parallelCorpus.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: parallelCorpus.optional().describe('scored once, with the final weights'),
  })
  .describe('texts and their targets: translations, summaries or pronunciations');
