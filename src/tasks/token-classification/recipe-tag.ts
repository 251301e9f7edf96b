import { z } from 'zod';
import { dataFields, readFields, tokenizerFields } from '../recipe/data.ts';
import { splitterNames } from './words/word-splitter-folder.ts';

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

/** Of byte pairs only; there are as many words and characters as occur, unless it is said. */
const bpeVocabulary = 10000;

/** What becomes of the words: a token each, their characters, or pieces. */
export const wordTokenizer = z
  .strictObject({
    ...tokenizerFields,
    kind: z
      .enum(['word', 'char', 'bpe'])
      .default('word')
      .describe(
        'a word is a token; every character is a word; or words are cut into byte pairs, of which the first is tagged',
      ),
    vocab_size: z
      .int()
      .min(4)
      .optional()
      .describe(`tokens at most, special ones counted; of byte pairs ${bpeVocabulary} by default, of others all`),
    lowercase: z.boolean().default(false).describe('lower-case the words; characters beside them keep their case'),
    min_frequency: z.int().min(1).default(1).describe('words that are rarer are unknown, and characters'),
    characters: z
      .boolean()
      .optional()
      .describe('words are read by their characters too; by default where kind is word and the model can'),
    pre_tokenizer: z
      .enum(splitterNames)
      .optional()
      .describe(
        `how raw text is split into words when the model is used: unicode (the default) puts punctuation apart, whitespace splits at blanks alone; training words are as the data have them`,
      ),
    vectors: z
      .string()
      .min(1)
      .optional()
      .describe('file of word vectors (GloVe, fastText) that training begins with, below data.root'),
  })
  .superRefine(({ kind, vocab_size, byte_level, characters, vectors, pre_tokenizer }, context) => {
    const wrong = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (kind === 'bpe' && byte_level && (vocab_size ?? bpeVocabulary) < 259) {
      wrong('vocab_size', 'expected at least 259 with byte_level (256 bytes and 3 special tokens)');
    }
    if (kind === 'char' && pre_tokenizer !== undefined) {
      wrong('pre_tokenizer', 'expected none with kind char, whose words are characters');
    }
    if (kind === 'word') return;
    if (characters) wrong('characters', `expected false with kind ${kind}, got true`);
    if (vectors !== undefined) wrong('vectors', `expected none with kind ${kind}, whose tokens are no words`);
  })
  .transform((chosen) =>
    chosen.kind === 'bpe' ? { ...chosen, vocab_size: chosen.vocab_size ?? bpeVocabulary } : chosen,
  )
  .prefault({});
