import * as z from 'zod';
import { tokenizerFields } from '../../recipe/data.ts';
import { splitterNames } from './word-splitter-folder.ts';

/** For byte pairs only; by default there are as many words and characters as occur. */
const bpeVocabulary = 10000;

/** What words become: one token each, their characters, or pieces. */
export const wordTokenizer = z
  .strictObject({
    ...tokenizerFields,
    kind: z
      .enum(['word', 'char', 'bpe'])
      .default('word')
      .describe(
        'word: every word is a token; char: every character is a word; bpe: words are split into byte pairs, the first of which is tagged',
      ),
    vocab_size: z
      .int()
      .min(4)
      .optional()
      .describe(
        `the most tokens, including special ones; by default ${bpeVocabulary} for byte pairs, otherwise no limit`,
      ),
    lowercase: z.boolean().default(false).describe('lower-case the words; their characters keep their case'),
    min_frequency: z.int().min(1).default(1).describe('rarer words and characters become unknown'),
    characters: z
      .boolean()
      .optional()
      .describe('also read the characters of words; by default if kind is word and the model can'),
    pre_tokenizer: z
      .enum(splitterNames)
      .optional()
      .describe(
        'how raw text is split into words when the model is used: unicode (the default) separates punctuation, whitespace splits only at blanks; training uses the words of the data. character: with the tokenizer of a folder, every character is a word, in the data too',
      ),
    vectors: z
      .string()
      .min(1)
      .optional()
      .describe('file of word vectors (GloVe, fastText) to start training from, below data.root'),
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
    if (vectors !== undefined) wrong('vectors', `expected none with kind ${kind}, whose tokens are not words`);
  })
  .transform((chosen) =>
    chosen.kind === 'bpe' ? { ...chosen, vocab_size: chosen.vocab_size ?? bpeVocabulary } : chosen,
  )
  .prefault({});

/** A checked `tokenizer` of a tagger’s recipe. */
export type WordTokenizer = z.output<typeof wordTokenizer>;
