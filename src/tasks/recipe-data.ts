import { z } from 'zod';

const column = z.int().min(0);

/** Two files of equally many lines, or two columns of one tab-separated file; `.gz` is read as it is. */
const parallelCorpus = z
  .union([
    z.strictObject({ source: z.string().min(1), target: z.string().min(1) }),
    z.strictObject({
      file: z.string().min(1),
      columns: z
        .strictObject({ source: column, target: column })
        .refine((columns) => columns.source !== columns.target, 'expected two different columns, got one twice')
        .default({ source: 0, target: 1 }),
    }),
  ])
  .describe('two parallel files { source, target }, or { file, columns: { source, target } } of a TSV, columns from 0');

/** Where parallel sentences lie. */
export const parallelData = z
  .strictObject({
    root: z.string().min(1).default('.').describe('folder of the files below, relative to the current directory'),
    train: parallelCorpus,
    validation: parallelCorpus.optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: parallelCorpus.optional().describe('scored once, with the finished weights'),
  })
  .describe('sentences and their translations');

/** Least vocabulary of a byte-level tokenizer: every byte and `</s>`, `<unk>`, `<pad>`. */
const leastByteVocabulary = 259;

/** The tokenizer that is trained on the training sentences. */
export const tokenizer = z
  .strictObject({
    kind: z.enum(['bpe']).default('bpe').describe('byte-pair encoding, Sennrich et al. 2016'),
    vocab_size: z.int().min(4).default(10000).describe('tokens at most, special ones counted'),
    shared: z.boolean().default(true).describe('one vocabulary for source and target, else one each'),
    lowercase: z.boolean().default(false).describe('lower-case all text'),
    byte_level: z
      .boolean()
      .default(true)
      .describe('begin from bytes, so that nothing is unknown; else from characters'),
  })
  .refine((chosen) => !chosen.byte_level || chosen.vocab_size >= leastByteVocabulary, {
    path: ['vocab_size'],
    error: `expected at least ${leastByteVocabulary} with byte_level (256 bytes and 3 special tokens)`,
  })
  .prefault({});
