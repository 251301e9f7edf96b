import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import type { Folder } from '../../src/io/folder.ts';
import { readTokenizer, type TokenizerSource } from '../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';

const golden = fileURLToPath(new URL('../golden/tokenizers/', import.meta.url));
const made = `${golden}convert/`;
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

interface Case {
  readonly text: string;
  readonly ids: number[];
}

/** A folder without some of its files. */
function hiding(path: string, ...hidden: string[]): Folder {
  const folder = diskFolder(path);
  return { ...folder, name: path, read: folder.read, has: async (file) => !hidden.includes(file) && folder.has(file) };
}

const loaded = ({ json, config, name }: TokenizerSource): Tokenizer => loadTokenizer(json, config, { name });

/** A `tokenizer.json` with its table by digest, its merges as pairs, and tokens in the order of their ids. */
function comparable(json: unknown): unknown {
  const { model, added_tokens, ...rest } = JSON.parse(
    JSON.stringify(json, (key, value) =>
      key === 'precompiled_charsmap' && !value.startsWith('sha256:')
        ? `sha256:${createHash('sha256').update(value).digest('hex')}`
        : value,
    ),
  );
  const merges = model.merges?.map((merge: string | string[]) =>
    typeof merge === 'string' ? merge.split(' ') : merge,
  );
  const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
  return { ...rest, added_tokens: added_tokens.sort(byId), model: merges ? { ...model, merges } : model };
}

const folders = readdirSync(made, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it('there are folders of all classes', () => {
  expect(folders).toHaveLength(18);
});

describe.each(folders)('the tokenizer made from the files of %s', (name) => {
  const files = read(`${made}${name}/cases.json`);
  const source = readTokenizer(diskFolder(`${made}${name}`)).then(({ source }) => source);

  it('is the tokenizer.json that Transformers makes', async () => {
    expect(comparable((await source).json)).toEqual(comparable(read(`${made}${name}/tokenizer.expected.json`)));
  });

  it('gives the ids of the Rust library on every text, also when its cache knows the words', async () => {
    const tokenizer = loaded(await source);
    const cases: Case[] = files.cases;
    expect(cases).toHaveLength(44);
    for (const { text, ids } of [...cases, ...cases]) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  it('gives the ids and types of the Rust library for a pair', async () => {
    const tokenizer = loaded(await source);
    expect(files.pairs).toHaveLength(1);
    for (const { text, pair, ids, type_ids } of files.pairs) {
      expect(tokenizer.encoding(text, { text_pair: pair })).toMatchObject({ ids, type_ids });
    }
  });

  it('knows the special tokens', async () => {
    const { bosId, eosId, padId, unkId, clsId, sepId, maskId } = loaded(await source);
    expect({
      bos_token: bosId,
      eos_token: eosId,
      pad_token: padId,
      unk_token: unkId,
      cls_token: clsId,
      sep_token: sepId,
      mask_token: maskId,
    }).toEqual(files.special);
  });
});

describe.each([
  ['bert_cased', 73],
  ['bert_uncased', 73],
  ['gpt2', 71],
  ['roberta', 72],
  ['t5', 71],
])('the folder of %s without its tokenizer.json', (name, count) => {
  const source = readTokenizer(hiding(`${golden}${name}`, 'tokenizer.json')).then(({ source }) => source);
  const cases: Case[] = read(`${golden}${name}/cases.json`);

  it(`gives the ids of the Rust library on all ${count} texts`, async () => {
    const tokenizer = loaded(await source);
    expect(cases).toHaveLength(count);
    for (const { text, ids } of cases) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  it('is made into the tokenizer.json that it has', async () => {
    const has = comparable(read(`${golden}${name}/tokenizer.json`)) as { normalizer: unknown };
    const makes = comparable((await source).json);
    // Without a normalizer, it is of no effect whether a token is found in the normalized text.
    expect(has.normalizer === null ? withoutNormalized(makes) : makes).toEqual(
      has.normalizer === null ? withoutNormalized(has) : has,
    );
  });
});

const withoutNormalized = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json, (key, value) => (key === 'normalized' ? undefined : value)));

describe('the folder of marian', () => {
  const cases: Record<'source' | 'target', (Case & { decoded: string })[]> = read(`${golden}marian/cases.json`);
  const both = readTokenizer(diskFolder(`${golden}marian`));

  it.each([
    ['source', 69],
    ['target', 8],
  ] as const)('gives the ids of the slow tokenizer on all texts of its %s', async (side, count) => {
    const found = await both;
    const tokenizer = loaded((side === 'source' ? found.source : found.target) as TokenizerSource);
    expect(cases[side]).toHaveLength(count);
    for (const { text, ids } of cases[side]) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  it('gives a target whose ids are decoded as the slow tokenizer does', async () => {
    const tokenizer = loaded((await both).target as TokenizerSource);
    for (const { text, ids, decoded } of cases.target) {
      expect([text, tokenizer.decode(ids, { skip_special_tokens: true })]).toEqual([text, decoded]);
    }
  });
});
