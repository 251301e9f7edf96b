import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { pipeline } from '../../../src/tasks/index.ts';
import { type DemoResult, runDemo } from '../../../src/tasks/verbs/demo.ts';
import { temporaryFolder } from '../model-folder.ts';

const quick = ['train.max_steps=3', 'generation.num_beams=1'];
const quiet = () => ({ listener: {}, say: () => undefined, end: () => undefined });

/** A demo that learns for three updates only: everything but its success. */
describe('the demo', () => {
  const start = process.cwd();
  let folder: string;
  let result: DemoResult;
  const demo = (out?: string) => runDemo({ out, backend: nodeBackend(), settings: quick, show: quiet });

  beforeAll(async () => {
    folder = await temporaryFolder();
    process.chdir(folder);
    result = await demo();
  });
  afterAll(async () => {
    process.chdir(start);
    await rm(folder, { recursive: true, force: true });
  });

  test('makes heddle-demo with data, recipe, model and page', async () => {
    expect(result).toMatchObject({ folder: 'heddle-demo', page: join('heddle-demo', 'attention.html') });
    const files = await readdir('heddle-demo', { recursive: true });
    for (const file of ['data/test.source', 'recipe.yaml', 'model.safetensors', 'tokenizer.json', 'attention.html']) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  test('scores on dates of which none was seen in training', async () => {
    const lines = async (file: string) => (await readFile(join('heddle-demo/data', file), 'utf8')).trim().split('\n');
    const [seen, unseen] = [new Set(await lines('train.target')), await lines('test.target')];
    expect(seen.size).toBeGreaterThan(10_000);
    expect(unseen.filter((date) => seen.has(date))).toEqual([]);
    const { test_samples, test_exact_match } = JSON.parse(await readFile('heddle-demo/eval_results.json', 'utf8'));
    expect({ test_samples, test_exact_match }).toEqual({
      test_samples: unseen.length,
      test_exact_match: result.exactMatch,
    });
  });

  test('shows five dates in both languages, as the finished model reads them', async () => {
    const { samples } = result;
    expect(samples).toHaveLength(5);
    expect(samples.map(({ input }) => /[가-힣]/.test(input))).toEqual([false, true, false, true, false]);
    const translator = await pipeline('translation', 'heddle-demo');
    const outputs = await translator(samples.map(({ input }) => input));
    await translator.dispose();
    expect(samples.map(({ output }) => output)).toEqual(outputs.map(({ translation_text }) => translation_text));
    for (const { maps } of samples) {
      expect(maps.map(({ kind }) => kind)).toEqual(['cross_attentions', 'encoder_attentions', 'decoder_attentions']);
      const [{ layers, key, query }] = maps;
      expect(layers.map((heads) => heads.length)).toEqual([4, 4]);
      for (const row of layers.flat(2)) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      expect([key.tokens.at(-1), query.tokens.at(-1)]).toEqual(['</s>', '</s>']);
    }
  });

  test('draws every sample into one page', async () => {
    const page = await readFile(result.page, 'utf8');
    expect(page.match(/<section class="example"/g)).toHaveLength(5);
    for (const { input } of result.samples) expect(page).toContain(`>${input}<`);
  });

  test('takes the next free name, and never a folder that is not empty', async () => {
    await mkdir('heddle-demo-2');
    await writeFile('heddle-demo-2/mine.txt', 'mine');
    expect((await demo()).folder).toBe('heddle-demo-3');
    await expect(demo('heddle-demo-2')).rejects.toThrow(/expected a new or empty folder/);
    expect(await readdir('heddle-demo-2')).toEqual(['mine.txt']);
    await mkdir('empty');
    expect((await demo('empty')).folder).toBe('empty');
  });
});
