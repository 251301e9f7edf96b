import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  loadModel,
  type ModelTensor,
  pipeline,
  type TextToTextOptions,
  type TranslationOutput,
} from '../../src/tasks/index.ts';
import { temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import { type Browser, openBrowser } from './harness.ts';
import type { Argument } from './translate-page.ts';

const entry = new URL('./translate-page.ts', import.meta.url);
const texts = ['1998년 5월 3일', 'the 3rd of May, 1998', '', 'a man sleeps in May', '한 남자가 잔다'];

interface Result {
  readonly translations: readonly TranslationOutput[];
  readonly sequences: readonly number[];
  readonly dims: readonly number[];
}

/** Chromium logs as errors that a file which may be missing is, and that a question whether there is one has no body. */
const isAskedFor = (error: string): boolean =>
  /target_tokenizer\.json: status 404|Failed to load resource: .* 404|: net::ERR_ABORTED$/.test(error);

describe('headless Chromium', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await writeSmallModel(await temporaryFolder());
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function inNode({ texts, options, generate }: Omit<Argument, 'folder'>): Promise<Result> {
    const translator = await pipeline('translation', folder);
    const translations = await translator(texts, options);
    await translator.dispose();
    const model = await loadModel(folder, { role: 'sequence-to-sequence' });
    const sequences = (await model.generate(generate)) as ModelTensor<BigInt64Array>;
    await model.dispose();
    return { translations, sequences: sequences.tolist().flat().map(Number), dims: sequences.dims };
  }

  test.each<[string, TextToTextOptions]>([
    ['greedily', { num_beams: 1 }],
    ['with four beams', { num_beams: 4, max_new_tokens: 10 }],
  ])('translates %s as Node does: the same tokens, the same texts, the same scores', async (_, options) => {
    const call = {
      texts,
      options: { ...options, output_scores: true },
      generate: {
        inputs: [
          [5, 6, 0],
          [7, 0],
        ],
        ...options,
      },
    };
    const { value, errors } = await browser.run({
      entry,
      folders: { '/model/': folder },
      argument: { folder: '/model', ...call } satisfies Argument,
    });
    expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
    const [here, there] = [await inNode(call), value as Result];
    expect(there.translations.map(({ token_ids, translation_text }) => ({ token_ids, translation_text }))).toEqual(
      here.translations.map(({ token_ids, translation_text }) => ({ token_ids, translation_text })),
    );
    expect(new Set(here.translations.map(({ translation_text }) => translation_text)).size).toBeGreaterThan(2);
    there.translations.forEach(({ score }, i) => {
      expect(Math.abs((score ?? 0) - (here.translations[i].score ?? 0))).toBeLessThan(1e-4);
    });
    expect({ sequences: there.sequences, dims: there.dims }).toEqual({ sequences: here.sequences, dims: here.dims });
  });

  test('says what is wrong with a folder that has no model', async () => {
    const argument = { folder: '/nowhere', texts, options: {}, generate: {} } satisfies Argument;
    await expect(browser.run({ entry, argument })).rejects.toThrow(
      /nowhere\/config\.json: expected a file, got status 404/,
    );
  });
});
