import { z } from 'zod';

const column = z.union([z.int().min(0), z.string().min(1)]);

/** Two files of equally many lines, or two columns of a table; `.gz` is read as it is. */
const parallelCorpus = z
  .union([
    z.strictObject({ source: z.string().min(1), target: z.string().min(1) }),
    z.strictObject({
      file: z.string().min(1),
      format: z.enum(['csv', 'tsv', 'jsonl']).optional(),
      header: z.boolean().optional(),
      columns: z
        .strictObject({ source: column, target: column })
        .refine((columns) => columns.source !== columns.target, 'expected two different columns, got one twice')
        .default({ source: 0, target: 1 }),
    }),
  ])
  .describe(
    'two parallel files { source, target }, or a table { file, columns: { source, target } }, CSV, TSV or JSON lines; columns by name or from 0; format and header where the name and the columns do not tell',
  );

/** Where pairs of texts lie. */
export const parallelData = z
  .strictObject({
    root: z.string().min(1).default('.').describe('folder of the files below, relative to the current directory'),
    train: parallelCorpus,
    validation: parallelCorpus.optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: parallelCorpus.optional().describe('scored once, with the finished weights'),
  })
  .describe('texts and what each becomes: its translation, its summary, its pronunciation');
