import * as z from 'zod';
import { dataFields, readFields } from '../recipe/data.ts';

const column = z.int().min(0);

const layout = {
  format: z.enum(['conllu', 'conll']).optional(),
  columns: z.strictObject({ word: column.optional(), tag: z.union([column, z.string().min(1)]) }).optional(),
};

const taggedFile = z
  .strictObject({ file: z.string().min(1), ...layout })
  .describe(
    'a file { file, columns }: CoNLL-U, where columns: { tag: upos } names a column, or a word a line, columns: { word: 0, tag: 1 } from 0',
  );

const repairTags = z
  .boolean()
  .default(false)
  .describe('writes spans that break tag_scheme anew, as conlleval reads them, instead of refusing them');

/** Where tagged sentences lie. */
export const taggedData = z
  .strictObject({
    ...dataFields,
    train: taggedFile,
    validation: taggedFile.optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: taggedFile.optional().describe('scored once, with the finished weights'),
    repair_tags: repairTags,
  })
  .describe('sentences whose words have tags');

/** Settings of `data` where tagged sentences are evaluated. */
export const tagLayout = z.strictObject({ ...readFields, ...layout, repair_tags: repairTags });
