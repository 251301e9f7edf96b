/** The page that `heddle inspect` writes, with the default tokenizer of byte pairs. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAttentionPage } from '../../../src/tasks/verbs/attention-file.ts';
import { temporaryFolder, writeSmallModel } from '../model-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const pageOf = async (text: string): Promise<string> => {
  const model = await writeSmallModel(join(folder, 'model'), { tokenizer: { vocab_size: 320, byte_level: true } });
  await writeAttentionPage(model, join(folder, 'page.html'), { texts: [text] });
  return readFile(join(folder, 'page.html'), 'utf8');
};
/** Labels of the columns of the first map. */
const columnsOf = (page: string): readonly string[] => {
  const [labels] = /<g class="tokens".*?<\/g>/.exec(page) ?? [''];
  return [...labels.matchAll(/<text(?: class="added")? x="[^"]*" y="[^"]*" transform[^>]*>([^<]*)/g)].map(
    ([, label]) => label,
  );
};

test('a page of attention over bytes shows Korean text, numbers the tokens that share a character, and says what that means', async () => {
  const page = await pageOf('한 자a');
  const shared = [...['한(1/3)', '한(2/3)', '한(3/3)'], '·', ...['자(1/2)', '자(2/2)']];
  expect(columnsOf(page)).toEqual(['·', ...shared, 'a', '&lt;/s&gt;']);
  expect(page).toContain('한(1/3) is one of several tokens that share the bytes of a character');
  expect(page).not.toMatch(/[ĠĬĺëìí]/);
});
