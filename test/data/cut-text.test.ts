/** Texts that are too long, cut as Transformers cuts them; see test/golden/make/cut_texts.py. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodePairs } from '../../src/data/batch/encode.ts';
import { encodeTexts } from '../../src/data/batch/encode-text.ts';
import { encodeWithin } from '../../src/data/batch/encode-within.ts';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { readTokenizer } from '../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';

interface Row {
  readonly folder: string;
  readonly side: 'left' | 'right';
  readonly max_length: number;
  readonly ids: readonly number[];
}

const golden = fileURLToPath(new URL('../golden/tokenizers', import.meta.url));
const { text, rows }: { readonly text: string; readonly rows: readonly Row[] } = JSON.parse(
  readFileSync(`${golden}/cut.json`, 'utf8'),
);

async function tokenizerOf(folder: string, truncation_side: 'left' | 'right' = 'right'): Promise<Tokenizer> {
  const { source } = await readTokenizer(diskFolder(`${golden}/${folder}`));
  return loadTokenizer(source.json, { ...source.config, truncation_side });
}

test.each(rows)('$folder, side $side, cuts a text to $max_length tokens', async ({ folder, side, max_length, ids }) => {
  const tokenizer = await tokenizerOf(folder, side);
  expect(encodeWithin(tokenizer, text, max_length).ids).toEqual(ids);
  const where = String;
  const { ids: texts, truncated } = encodeTexts({ texts: [text], where }, tokenizer, { max_length });
  expect(texts.map((one) => [...one])).toEqual([ids]);
  const isCut = max_length < 100;
  expect(truncated).toBe(isCut ? 1 : 0);
  const pair = { source: [text], target: [text], origin: String };
  const pairs = encodePairs(pair, { source: tokenizer, target: tokenizer }, { max_length });
  expect([...pairs.source, ...pairs.target].map((one) => [...one])).toEqual([ids, ids]);
  expect(pairs.truncated).toEqual({ source: Number(isCut), target: Number(isCut) });
});

test('special tokens that leave no room are refused', async () => {
  const tokenizer = await tokenizerOf('roberta');
  expect(encodeWithin(tokenizer, text, 2).ids).toEqual(tokenizer.encode(''));
  expect(() => encodeWithin(tokenizer, text, 1)).toThrow('expected room for the 2 special tokens, got 1');
});
