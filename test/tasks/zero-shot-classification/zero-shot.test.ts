import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Folder } from '../../../src/io/folder.ts';
import { pipeline, type ZeroShotClassificationPipeline } from '../../../src/tasks/index.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { goldenFolder } from '../../models/golden.ts';
import { temporaryFolder } from '../model-folder.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const folder = goldenFolder('sentences/nli');
const nli = fileURLToPath(new URL('../../golden/sentences/nli', import.meta.url));
const readJson = async (file: string) => JSON.parse(new TextDecoder().decode(await folder.read(file)));
const { cases } = await readJson('cases.json');
const config = await readJson('config.json');

/** The folder with other labels. */
function labelled(...labels: readonly string[]): Folder {
  const id2label = Object.fromEntries(labels.map((label, id) => [id, label]));
  const label2id = Object.fromEntries(labels.map((label, id) => [label, id]));
  const text = JSON.stringify({ ...config, id2label, label2id });
  return {
    name: 'nli',
    has: (file) => folder.has(file),
    read: async (file) => (file === 'config.json' ? new TextEncoder().encode(text) : folder.read(file)),
  };
}

interface Case {
  readonly call: { readonly sequences: string | string[]; readonly candidate_labels: string[] } & object;
  readonly result: object;
}

let classify: ZeroShotClassificationPipeline;
beforeAll(async () => {
  classify = await pipeline('zero-shot-classification', folder);
});
afterAll(() => classify?.dispose());

const texts = ['the dog runs under the moon', 'the weather is lovely today'];
const labels = ['sports', 'money', 'weather'];

/** Numbers within 1e-6, everything else the same. */
function expectNear(found: unknown, wanted: unknown): void {
  if (typeof wanted === 'number') expect(Math.abs(Number(found) - wanted)).toBeLessThan(1e-6);
  else if (typeof wanted !== 'object' || wanted === null) expect(found).toBe(wanted);
  else for (const [name, value] of Object.entries(wanted)) expectNear(Reflect.get(Object(found), name), value);
}

describe('labels that a model was not trained on', () => {
  test.each(cases as Case[])('get the scores of Transformers: $call', async ({ call, result }) => {
    const { sequences, candidate_labels, ...options } = call;
    const found = await classify(sequences as string[], candidate_labels, options);
    expectNear(found, result);
    expect(Array.isArray(found)).toBe(Array.isArray(sequences));
    // The last case is longer than the positions.
    expect('is_truncated' in found).toBe(!Array.isArray(sequences));
  });

  test('are judged by the label of entailment wherever it is', async () => {
    const scoresOf = async (...names: string[]) => {
      const use = await pipeline('zero-shot-classification', labelled(...names));
      const both = [await use(texts, labels), await use(texts, labels, { multi_label: true })];
      await use.dispose();
      return both;
    };
    const usual = await scoresOf('contradiction', 'neutral', 'entailment');
    expect(await scoresOf('Contradicts', 'unclear', 'ENTAILS')).toEqual(usual);
    // Transformers would compare with the first label here, which is neutral.
    const moved = labelled('neutral', 'entailment', 'contradiction');
    const use = await pipeline('zero-shot-classification', moved);
    const pairs = await pipeline('text-classification', moved);
    const [all] = await pairs([{ text: texts[0], text_pair: 'about money' }], { top_k: null });
    const score = (name: string) => Number(all.find(({ label }) => label === name)?.score);
    const found = await use(texts[0], 'money', { hypothesis_template: 'about {}' });
    expect(found.scores[0]).toBeCloseTo(score('entailment') / (score('entailment') + score('contradiction')), 5);
    expect(found.scores[0]).not.toBeCloseTo(score('entailment') / (score('entailment') + score('neutral')), 2);
    await Promise.all([use.dispose(), pairs.dispose()]);
  });

  test('are judged without a text that has no tokens, and the result says so', async () => {
    const [text, blank] = await classify([texts[0], ' '], labels);
    expect(text).not.toHaveProperty('is_empty');
    expect(blank).toMatchObject({ sequence: ' ', is_empty: true });
  });

  test('are those of lines, too', async () => {
    const notes: string[] = [];
    const predicted = async (settings: string[], json = false, path = nli) => {
      let out = '';
      await predictLines(path, {
        ...{ json, settings, labels },
        stdin: (async function* () {
          yield Buffer.from(`${texts[0]}\n\n${texts[1]}\n`);
        })(),
        print: async (more) => void (out += more),
        note: (line) => void notes.push(line),
      });
      return out.split('\n').slice(0, -1);
    };
    expect(await predicted([])).toEqual(['sports', '', 'sports']);
    expect(await predicted(['multi_label=true'])).toEqual(['sports,money,weather', '', 'sports,weather,money']);
    const [first, blank] = (await predicted([], true)).map((line) => JSON.parse(line));
    expectNear(first, cases[0].result[0]);
    expect(blank).toEqual({ sequence: '', labels: [], scores: [] });
    expect(notes).toEqual([]);
    const opposite = await temporaryFolder();
    await cp(nli, opposite, { recursive: true });
    await writeFile(
      join(opposite, 'config.json'),
      await labelled('entailment', 'neutral', 'contradiction').read('config.json'),
    );
    expect(await predicted(['multi_label=true'], false, opposite)).toEqual(['', '', '']);
    await rm(opposite, { recursive: true });
    const note = /^stdin:[13]: no label reaches 0.5; the likeliest is (sports|money|weather), 0\.\d{3}$/;
    expect(notes).toEqual([expect.stringMatching(note), expect.stringMatching(note)]);
    await expect(predicted(['top_k=1'])).rejects.toThrow('--set: unknown field "top_k"');
  });
});

describe('a folder is refused', () => {
  test('without a label of entailment', async () => {
    await expect(pipeline('zero-shot-classification', labelled('no', 'perhaps', 'yes'))).rejects.toThrow(
      'nli: expected a classifier of pairs with a label "entailment" and others (label2id in config.json), got no, perhaps, yes',
    );
  });

  test('without a label of contradiction, where it is read', async () => {
    const use = await pipeline('zero-shot-classification', labelled('no', 'perhaps', 'entailment'));
    expect((await use(texts, labels)).length).toBe(2);
    await expect(use(texts, labels, { multi_label: true })).rejects.toThrow(
      'nli: expected a label "contradiction", which multi_label needs, got none',
    );
    await expect(use(texts, 'money')).rejects.toThrow(/which a single candidate label needs, got none$/);
    await use.dispose();
  });

  test('for labels, if its model is for another task', async () => {
    const path = await temporaryFolder();
    await writeTinyBert(path);
    const call = { json: false, settings: [], labels, stdin: (async function* () {})() };
    const predicting = predictLines(path, { ...call, print: async () => undefined, note: () => undefined });
    await expect(predicting).rejects.toThrow(
      /^predict --labels: expected a model for text-classification, got one for feature-extraction, at /,
    );
    await rm(path, { recursive: true });
  });
});

describe('a call is refused', () => {
  test.each([
    [[], {}, /candidate_labels: expected a label, got none/],
    [[' '], {}, /candidate_labels: expected labels, got a blank one/],
    [[7], {}, /candidate_labels: expected labels, got number/],
    [['money', 'money'], {}, /expected different labels, got "money" twice/],
    [
      labels,
      { hypothesis_template: 'about' },
      /hypothesis_template: expected a text with {} once, for the label, got "about"/,
    ],
    [labels, { hypothesis_template: '{} {}' }, /hypothesis_template: expected a text with {} once/],
    [labels, { multi_label: 'yes' }, /multi_label: expected true or false/],
    [labels, { top_k: 1 }, /unknown option "top_k"/],
    [
      labels,
      { hypothesis_template: `${'the moon '.repeat(10)}{}` },
      /leaves room for the text in 20 tokens, got 24 tokens without it/,
    ],
  ])('%j %j', async (given, options, message) => {
    await expect(classify(texts, given as string[], options as object)).rejects.toThrow(message);
  });

  test('with more labels than the limits allow', async () => {
    const use = await pipeline('zero-shot-classification', folder, { limits: { texts: 2 } });
    await expect(use(texts, labels)).rejects.toThrow(/candidate_labels: expected at most 2 texts, got 3/);
    await use.dispose();
  });
});
