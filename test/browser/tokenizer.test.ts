/** Tokenizers without `tokenizer.json` in a page. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Browser, openBrowser } from './harness.ts';
import type { Argument } from './tokenizer-page.ts';

const entry = new URL('./tokenizer-page.ts', import.meta.url);
const golden = fileURLToPath(new URL('../golden/tokenizers/convert/', import.meta.url));
const names = ['bert_korean', 'roberta_plain', 'xlm_roberta', 't5_korean', 'llama'];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test('a page makes tokenizers from other files, with the ids of the Rust library', async () => {
  const cases = names.map(
    (name) =>
      JSON.parse(readFileSync(`${golden}${name}/cases.json`, 'utf8')).cases as { text: string; ids: number[] }[],
  );
  const texts = cases[0].map(({ text }) => text);
  const folders = Object.fromEntries(names.map((name) => [`/${name}/`, `${golden}${name}`]));
  const argument: Argument = { folders: names.map((name) => `/${name}`), texts };
  const { value } = await browser.run({ entry, folders, argument });
  expect(value).toEqual(cases.map((all) => all.map(({ ids }) => ids)));
});
