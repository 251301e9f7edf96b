/** Tables of families and of tokenizers in pages are written from the code. */
import { expect, test } from 'vitest';
import { pages } from './page.ts';
import { tablesIn, withTables } from './table.ts';

const having = pages.filter(({ text }) => tablesIn(text).length > 0);

test.each(having)('the tables of $path are what the code says; `npm run docs:figures` writes them', async (page) => {
  await expect(withTables(page.text)).toMatchFileSnapshot(`../../${page.path}`);
});

test('the families and the classes of tokenizers have tables', () => {
  const names = having.flatMap(({ text }) => tablesIn(text));
  expect(names).toEqual(expect.arrayContaining(['families', 'tokenizers']));
});
