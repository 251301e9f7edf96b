import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../tasks/model-folder.ts';
import { build, heddle, root } from './heddle.ts';

const bert = join(root, 'test/golden/tokenizers/bert_uncased');
let folder: string;
const at = (name: string) => join(folder, name);
const lines = (texts: readonly string[]) => `${texts.join('\n')}\n`;
const texts = ['The quick <b>', '', '한국어 漢字', 'a\u0301 👩‍👩‍👧'];

beforeAll(async () => {
  await build();
  folder = await temporaryFolder();
  await writeFile(at('a.txt'), lines(texts));
  await writeFile(at('b.txt'), lines(['x', 'y z', '', 'w']));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('tokenizer encode', () => {
  test('writes the ids of each line, in a folder without a model', async () => {
    const { status, stdout, stderr } = await heddle(['tokenizer', 'encode', bert], { input: lines(texts) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(texts.length + 1);
    expect(stdout.split('\n')[1]).toBe('2 3');
  });

  test('--json writes ids, tokens, offsets, type ids and mask, of pairs too', async () => {
    const call = ['tokenizer', 'encode', bert, '--input', at('a.txt'), '--pair', at('b.txt'), '--json'];
    const { stdout, stderr } = await heddle(call);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(stderr).toBe('');
    expect(rows).toHaveLength(4);
    expect(rows[1]).toEqual({
      ids: [2, 3, 135, 136, 3],
      tokens: ['[CLS]', '[SEP]', 'y', 'z', '[SEP]'],
      offsets: [
        [0, 0],
        [0, 0],
        [0, 1],
        [2, 3],
        [0, 0],
      ],
      type_ids: [0, 0, 1, 1, 1],
      attention_mask: [1, 1, 1, 1, 1],
    });
  });

  test('--max_length cuts, and stderr says how many lines', async () => {
    const call = ['tokenizer', 'encode', bert, '--max_length', '4', '--output', at('ids.txt')];
    const { status, stdout, stderr } = await heddle(call, { input: lines(texts) });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '2 of 4 lines cut to 4 tokens\n' });
    for (const line of (await readFile(at('ids.txt'), 'utf8')).trim().split('\n')) {
      expect(line.split(' ').length).toBeLessThanOrEqual(4);
    }
  });

  test('says what is longer than the model can read, and what tokenizer.json says without effect', async () => {
    await mkdir(at('short'));
    const json = JSON.parse(await readFile(join(bert, 'tokenizer.json'), 'utf8'));
    const padding = { strategy: { Fixed: 9 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' };
    await writeFile(at('short/tokenizer.json'), JSON.stringify({ ...json, padding }));
    await writeFile(at('short/tokenizer_config.json'), '{"model_max_length": 3}');
    const { stdout, stderr } = await heddle(['tokenizer', 'encode', at('short')], { input: lines(texts) });
    expect(stdout.split('\n')[0].split(' ').length).toBeGreaterThan(3);
    expect(stderr.split('\n')).toEqual([
      `${at('short')}/tokenizer.json: its section padding acts only when a call truncates or pads, as in Transformers`,
      "3 of 4 lines longer than the model's 3 tokens; --max_length 3 cuts them",
      '',
    ]);
  });

  test.each<[string, readonly string[], string, string]>([
    [
      'more lines than pairs',
      ['--pair', 'b.txt'],
      lines([...texts, 'more']),
      'stdin:5: expected as many lines as b.txt, 4, got more',
    ],
    ['fewer lines than pairs', ['--pair', 'b.txt'], 'a\n', 'stdin: expected as many lines as b.txt, 4, got 1'],
    [
      'no room for special tokens',
      ['--max_length', '1'],
      'a\n',
      'tokenizer: encoding: max_length: expected room for the 2 special tokens, got 1',
    ],
    [
      'no room for those of a pair',
      ['--max_length', '2', '--pair', 'b.txt'],
      lines(texts),
      'tokenizer: encoding: max_length: expected room for the 3 special tokens, got 2',
    ],
    [
      'a target that is not there',
      ['--target'],
      'a\n',
      `tokenizer encode --target: expected a folder with target_tokenizer.json, got ${bert} without one`,
    ],
    [
      'the input as output',
      ['--input', 'a.txt', '--output', 'a.txt'],
      '',
      'tokenizer encode --output a.txt: expected a file other than a.txt, which is read',
    ],
  ])('%s: one line, status 2', async (_, options, input, message) => {
    expect(await heddle(['tokenizer', 'encode', bert, ...options], { input, cwd: folder })).toMatchObject({
      status: 2,
      stderr: `heddle: ${message}\n`,
    });
  });

  test('a pair for a tokenizer without one: one line, status 2', async () => {
    await mkdir(at('single'));
    const json = JSON.parse(await readFile(join(bert, 'tokenizer.json'), 'utf8'));
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A' } }],
      pair: [],
      special_tokens: {},
    };
    await writeFile(at('single/tokenizer.json'), JSON.stringify({ ...json, post_processor }));
    await copyFile(join(bert, 'tokenizer_config.json'), at('single/tokenizer_config.json'));
    const call = ['tokenizer', 'encode', at('single'), '--pair', at('b.txt')];
    expect(await heddle(call, { input: lines(texts) })).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'heddle: tokenizer: expected a single text, got a text_pair; the template of tokenizer.json has no pair\n',
    });
  });
});

describe('tokenizer decode', () => {
  test('reads what encode writes', async () => {
    const encoded = await heddle(['tokenizer', 'encode', bert], { input: lines(['the loom', '', 'a b']) });
    const decoded = await heddle(['tokenizer', 'decode', bert, '--skip_special_tokens'], { input: encoded.stdout });
    expect(decoded).toMatchObject({ status: 0, stderr: '' });
    expect(decoded.stdout.split('\n')[1]).toBe('');
    const whole = await heddle(['tokenizer', 'decode', bert], { input: encoded.stdout });
    expect(whole.stdout.split('\n')[1]).toBe('[CLS] [SEP]');
  });

  test('--json writes texts with line breaks', async () => {
    const gpt2 = join(root, 'test/golden/tokenizers/gpt2');
    const newline = '198\n';
    expect(await heddle(['tokenizer', 'decode', gpt2, '--json'], { input: newline })).toMatchObject({
      stdout: '"\\n"\n',
    });
    expect(await heddle(['tokenizer', 'decode', gpt2], { input: newline })).toMatchObject({
      status: 2,
      stderr: 'heddle: stdin:1: expected a text without line breaks, got "\\n"; --json writes it\n',
    });
  });

  test.each([
    ['5 999\n', 'stdin:1: tokenizer: an id must be an integer in [0, 354), got 999, at position 1'],
    ['5\n-1\n', 'stdin:2: expected ids separated by blanks, got "-1"'],
    ['5,6\n', 'stdin:1: expected ids separated by blanks, got "5,6"'],
  ])('%j is refused with its line', async (input, message) => {
    expect(await heddle(['tokenizer', 'decode', bert], { input })).toMatchObject({
      status: 2,
      stderr: `heddle: ${message}\n`,
    });
  });
});
