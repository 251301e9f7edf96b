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
    'a file { file, columns }: CoNLL-U, where columns: { tag: upos } names a column, or one word per line, where columns: { word: 0, tag: 1 } count from 0',
  );

const repairTags = z
  .boolean()
  .default(false)
  .describe('correct tags that break tag_scheme, reading spans as conlleval does, instead of refusing them');

/** The files of tagged sentences. */
export const taggedData = z
  .strictObject({
    ...dataFields,
    train: taggedFile,
    validation: taggedFile.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: taggedFile.optional().describe('scored once, with the final weights'),
    repair_tags: repairTags,
  })
  .describe('sentences with a tag for every word');

/** Settings of `data` for evaluating tagged sentences. */
export const tagLayout = z.strictObject({ ...readFields, ...layout, repair_tags: repairTags });
