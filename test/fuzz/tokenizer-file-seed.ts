/** Folders of tokenizers without `tokenizer.json`, for the fuzz run. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seed } from './kind.ts';

const golden = join(process.cwd(), 'test/golden/tokenizers');

/** Small folders, and which of their files are broken. */
const folders: Readonly<Record<string, readonly [folder: string, ...changed: string[]][]>> = {
  spm: [
    ['convert/xlm_roberta', 'sentencepiece.bpe.model'],
    ['convert/mbart50', 'sentencepiece.bpe.model', 'tokenizer_config.json'],
    ['convert/albert', 'spiece.model', 'tokenizer_config.json'],
    ['convert/pegasus', 'spiece.model'],
    ['convert/llama', 'tokenizer.model'],
    ['convert/llama_new', 'tokenizer.model', 'tokenizer_config.json'],
    ['marian', 'source.spm', 'target.spm', 'vocab.json'],
  ],
  'vocab.txt': [
    ['convert/bert_jamo', 'vocab.txt', 'added_tokens.json'],
    ['convert/bert_added', 'vocab.txt', 'tokenizer_config.json'],
    ['bert_uncased', 'vocab.txt', 'special_tokens_map.json'],
  ],
  merges: [
    ['convert/gpt2_prefix', 'vocab.json', 'merges.txt'],
    ['convert/bart', 'merges.txt', 'config.json'],
  ],
};

/** What the tests compare with, and the files that are made from the others. */
const hidden = new Set(['cases.json', 'tokenizer.expected.json', 'tokenizer.json']);

/** Whole folders of tokenizers with a kind of file. */
export const tokenizerFolders = (kind: string): Promise<Seed[]> =>
  Promise.all(
    folders[kind].map(async ([name, ...changed]) => {
      const path = join(golden, name);
      const files = (await readdir(path)).filter((file) => !hidden.has(file));
      const contents = files.map(async (file) => [file, Uint8Array.from(await readFile(join(path, file)))] as const);
      return { files: new Map(await Promise.all(contents)), changed };
    }),
  );
