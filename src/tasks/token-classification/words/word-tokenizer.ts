import * as z from 'zod';
import { tokenizerFields } from '../../recipe/data.ts';
import { splitterNames } from './word-splitter-folder.ts';

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

/** A checked `tokenizer` of a tagger’s recipe. */
export type WordTokenizer = z.output<typeof wordTokenizer>;
