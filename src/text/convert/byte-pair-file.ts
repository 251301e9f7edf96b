import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type ConvertedTokenizer, TokenIds } from './assemble.ts';
import type { SlowFiles } from './slow-file.ts';
import { fairseqNames, type RoleDefaults, readNamedTokens } from './special-token.ts';
import { template } from './template.ts';

type Merge = readonly [left: string, right: string];
type Fields = Readonly<Record<string, unknown>>;

const end = '<|endoftext|>';
const gpt2Roles: RoleDefaults = {
  names: { bos_token: end, eos_token: end, unk_token: end },
  flags: { normalized: true },
};
const robertaRoles: RoleDefaults = {
  names: fairseqNames,
  flags: { normalized: true },
  maskFlags: { lstrip: true },
};
const bartRoles: RoleDefaults = { ...robertaRoles, maskFlags: { lstrip: true, normalized: true } };

const flag = z.boolean().nullish();
const settings = z.looseObject({ add_prefix_space: flag, trim_offsets: flag, add_bos_token: flag });

/**
 * The merges of a `merges.txt`: two tokens a line with a blank between; a first line `#version` is none.
 *
 * Source: tokenizers 0.20 models/bpe/model.rs (`BPE::read_file`). Python's slow tokenizers drop the first line whatever it
 * says.
 * @throws {InputError} for another line, or a merge whose tokens are not in the vocabulary.
 */
function readMerges(text: string, vocabulary: ReadonlyMap<string, number>, file: string): Merge[] {
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, at) => {
    if (at === 0 && line.startsWith('#version')) return [];
    const [left, right, ...more] = line.split(' ');
    if (!left || !right || more.length > 0) {
      const found = JSON.stringify(line.slice(0, 200));
      throw new InputError(`${file}:${at + 1}: expected two tokens with a blank between, got ${found}`);
    }
    for (const token of [left, right, left + right]) {
      if (!vocabulary.has(token)) {
        throw new InputError(`${file}:${at + 1}: expected tokens of vocab.json, got ${JSON.stringify(token)}`);
      }
    }
    return [[left, right] as const];
  });
}

async function bytePairs(files: SlowFiles): Promise<{ vocabulary: ReadonlyMap<string, number>; model: Fields }> {
  const vocabulary = await files.ids('vocab.json');
  const merges = readMerges(await files.text('merges.txt'), vocabulary, files.path('merges.txt'));
  const model = {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(vocabulary),
    merges,
  };
  return { vocabulary, model };
}

const byteLevel = (add_prefix_space: boolean, trim_offsets = true): Fields => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets,
  use_regex: true,
});

/**
 * Makes the tokenizer of GPT-2 from `vocab.json` and `merges.txt`. It has no template, or `<|endoftext|> A` with
 * `add_bos_token`, as OPT has it.
 *
 * Source: transformers 4.46.3 convert_slow_tokenizer.py (`GPT2Converter`).
 * @throws {InputError} when a file is missing or the two disagree.
 */
export async function convertGpt2(files: SlowFiles): Promise<ConvertedTokenizer> {
  const { add_prefix_space, add_bos_token } = check(settings, files.config, files.path('tokenizer_config.json'));
  const { vocabulary, model } = await bytePairs(files);
  const ids = new TokenIds(vocabulary, readNamedTokens(files, gpt2Roles), files.path('vocab.json'));
  const single = (): readonly [readonly [readonly [string, number]], readonly ['A']] => [
    [ids.required('bos_token')],
    ['A'],
  ];
  return ids.assemble(
    {
      model,
      pre_tokenizer: byteLevel(add_prefix_space ?? false),
      decoder: byteLevel(true),
      post_processor: add_bos_token ? template(single(), [...single(), ['B', 1]]) : byteLevel(true, false),
    },
    files.config,
  );
}

/**
 * Makes the tokenizer of RoBERTa from `vocab.json` and `merges.txt`: `<s> A </s>`, `<s> A </s></s> B </s>`.
 *
 * Source: transformers 4.46.3 convert_slow_tokenizer.py (`RobertaConverter`).
 * @throws {InputError} when a file is missing or the two disagree.
 */
export async function convertRoberta(files: SlowFiles, roles = robertaRoles): Promise<ConvertedTokenizer> {
  const given = check(settings, files.config, files.path('tokenizer_config.json'));
  const { vocabulary, model } = await bytePairs(files);
  const ids = new TokenIds(vocabulary, readNamedTokens(files, roles), files.path('vocab.json'));
  const add_prefix_space = given.add_prefix_space ?? false;
  return ids.assemble(
    {
      model,
      pre_tokenizer: byteLevel(add_prefix_space),
      decoder: byteLevel(true),
      post_processor: {
        type: 'RobertaProcessing',
        sep: ids.required('sep_token'),
        cls: ids.required('cls_token'),
        trim_offsets: given.trim_offsets ?? true,
        add_prefix_space,
      },
    },
    files.config,
  );
}

/** The same for BART, whose `<mask>` is found in normalized text. */
export const convertBart = (files: SlowFiles): Promise<ConvertedTokenizer> => convertRoberta(files, bartRoles);
