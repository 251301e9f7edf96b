/** What Node trains a browser uses, for every task. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/tasks/index.ts';
import { SmallRun } from '../tasks/small-run.ts';
import { callOf, feelingSample, inputsOf, resultsOf, taskSamples } from '../tasks/task-sample.ts';
import { writeTinyBert } from '../tasks/tiny-bert.ts';
import { type Browser, openBrowser } from './harness.ts';
import type { Argument } from './pipeline-page.ts';

const entry = new URL('./pipeline-page.ts', import.meta.url);

/** Chromium logs as errors that a file which may be missing is, and that a question whether there is one has no body. */
const isAskedFor = (error: string): boolean =>
  /\.(json|txt|model|spm): status 404|Failed to load resource: .* 404|: net::ERR_ABORTED$/.test(error);

/** Numbers of two engines are near each other, everything else is the same. */
function expectAlike(there: unknown, here: unknown): void {
  if (typeof here === 'number') {
    expect(Math.abs(Number(there) - here)).toBeLessThan(1e-4);
  } else if (typeof here === 'object' && here !== null) {
    expect(Object.keys(Object(there))).toEqual(Object.keys(here));
    for (const [name, value] of Object.entries(here)) expectAlike(Reflect.get(Object(there), name), value);
  } else {
    expect(there).toBe(here);
  }
}

describe('headless Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test.each(taskSamples)('gives the results of Node: $task', async (sample) => {
    const run = await SmallRun.make(sample);
    try {
      await run.train('model', ['train.max_steps=6']);
      const texts = [...inputsOf(sample).slice(0, 4), ...(sample.refusesBlank ? [] : [''])];
      const argument: Argument = { task: sample.task, folder: '/model', texts, options: sample.options };
      const { value, errors } = await browser.run({ entry, folders: { '/model/': run.at('model') }, argument });
      expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
      const use = await pipeline(sample.task, run.at('model'));
      const here = resultsOf(await callOf(use)(texts, sample.options));
      await use.dispose();
      expect(here).toHaveLength(texts.length);
      expectAlike(value, here);
    } finally {
      await run.remove();
    }
  });

  test('gives the results of Node for pairs of texts, with a tokenizer made from vocab.txt', async () => {
    const run = await SmallRun.make(feelingSample);
    try {
      await writeTinyBert(run.at('base'));
      const started = [`model={ model_name_or_path: ${run.at('base')} }`, 'tokenizer=null', 'train.max_length=32'];
      await run.train('model', [...started, 'train.learning_rate=1e-2']);
      const texts = [{ text: 'the film was lovely', text_pair: 'a dull film' }, 'the film was lovely a dull film'];
      const argument: Argument = { task: 'text-classification', folder: '/model', texts, options: { top_k: null } };
      const { value, errors } = await browser.run({ entry, folders: { '/model/': run.at('model') }, argument });
      expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
      const classify = await pipeline('text-classification', run.at('model'));
      const here = await classify(texts, { top_k: null });
      await classify.dispose();
      expect(here[0]).not.toEqual(here[1]);
      expectAlike(value, here);
    } finally {
      await run.remove();
    }
  });

  test('gives the results of Node for labels that a model was not trained on', async () => {
    const path = fileURLToPath(new URL('../golden/sentences/nli', import.meta.url));
    const texts = ['the dog runs under the moon', 'the weather is lovely today'];
    const labels = ['sports', 'money'];
    const call = { task: 'zero-shot-classification', folder: '/model', texts, others: [labels], options: {} } as const;
    const { value, errors } = await browser.run({ entry, folders: { '/model/': path }, argument: call });
    expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
    const classify = await pipeline('zero-shot-classification', path);
    const here = await classify(texts, labels);
    await classify.dispose();
    expect(here[0].labels).toHaveLength(2);
    expectAlike(value, here);
  });
});
