import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { messageOf, ResultError, statusOf } from '../../src/cli/failure.ts';
import { bin, build, heddle } from './heddle.ts';

const verbs = [
  'demo',
  'train',
  'evaluate',
  'predict',
  'forward',
  'score',
  'info',
  'inspect',
  'lab',
  'engines',
  'tokenizer train',
  'tokenizer encode',
  'tokenizer decode',
  'average',
  'quantize',
  'schema',
];

beforeAll(build, 300_000);

describe('the call', () => {
  test('--help lists every verb on stdout, with status 0', async () => {
    const { status, stdout, stderr } = await heddle(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const verb of verbs) expect(stdout).toContain(`\n  ${verb.split(' ')[0]} `);
  });

  test.each(verbs)('%s --help lists its options and has an example', async (verb) => {
    const { status, stdout, stderr } = await heddle([...verb.split(' '), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Usage: heddle ${verb}`);
    expect(stdout).toMatch(new RegExp(`Examples:\\n(.*\\n)*?.*heddle ${verb}`));
  });

  test.each([
    ['an unknown verb', ['trian'], "unknown verb 'trian'; did you mean train?"],
    ['an unknown option', ['predict', 'm', '--jsn'], "unknown option '--jsn'; did you mean --json?"],
    ['a missing operand', ['info'], "missing required argument 'model'"],
    ['a missing option', ['train', 'r.yaml'], "required option '--out <dir>' not specified"],
    ['too much', ['schema', 'more'], "too many arguments for 'schema'"],
    ['an option twice', ['info', 'm', '--json', '--json'], 'option --json: expected once, got twice'],
    [
      'an option with two values',
      ['tokenizer', 'train', 'f', '--out', 'a', '--vocab_size', '9', '--out', 'b'],
      'option --out: expected once, got twice',
    ],
    [
      'a setting twice',
      ['train', 'r.yaml', '--out', 'a', '--set', 'train.seed=1', '--set', 'train.seed=2'],
      '--set: expected each field once, got train.seed=1 and train.seed=2; leave one out, because neither replaces the other',
    ],
    ...['train.engine=cpu', 'train={ engine: cpu }'].map((setting): [string, string[], string] => [
      `an engine as an option and as the setting ${setting}`,
      ['train', 'r.yaml', '--out', 'a', '--engine', 'wasm', '--set', setting],
      'expected --engine or --set train.engine, got both',
    ]),
    [
      'a reference twice',
      ['score', 'bleu', '--hyp', 'h', '--ref', 'r', './r'],
      'score --ref: expected different files, got ./r twice',
    ],
    [
      'going on with a run and replacing it',
      ['train', 'r.yaml', '--out', 'o', '--resume', '--overwrite'],
      "option '--overwrite' cannot be used with option '--resume'",
    ],
    ...['--resume', '--overwrite'].map((option): [string, string[], string] => [
      `a profile with ${option}`,
      ['train', 'r.yaml', '--out', 'o', '--profile', option],
      `option '--profile [updates]' cannot be used with option '${option}'`,
    ]),
    [
      'a profile of no updates',
      ['train', 'r.yaml', '--out', 'o', '--profile', '0'],
      'expected a number of updates from 1 to 1000, got "0"',
    ],
    [
      'a profile before the recipe',
      ['train', '--profile', 'r.yaml', '--out', 'o'],
      'expected a number of updates from 1 to 1000, got "r.yaml"',
    ],
    [
      'settings of experiments that are not named',
      ['lab', '--quick'],
      'lab --quick: expected names of experiments, or all, got none',
    ],
    ['the same, a folder', ['lab', '--out', 'pages'], 'lab --out: expected names of experiments, or all, got none'],
    ['the same, of how many', ['lab', '--seeds', '2'], 'lab --seeds: expected names of experiments, or all, got none'],
    [
      'settings for scores without data',
      ['quantize', 'm', '--out', 'o', '--set', 'generation.num_beams=1'],
      'quantize --set: expected --data, the files to score both models on, got none',
    ],
    [
      'a permission for scores without data',
      ['quantize', 'm', '--out', 'o', '--allow-unsafe-patterns'],
      'quantize --allow-unsafe-patterns: expected --data, the files to score both models on, got none',
    ],
    ['no number where one is wanted', ['average', 'run', '--last', 'x'], 'expected a whole number ≥ 1, got "x"'],
  ])('%s ends with 2, a line on stderr, nothing on stdout', async (_, args, message) => {
    const { status, stdout, stderr } = await heddle(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.startsWith('heddle: ')).toBe(true);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('no verb at all is a wrong call: help on stderr, status 2', async () => {
    const { status, stdout, stderr } = await heddle([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: heddle');
  });

  test('an error shows its stack with --debug and not without', async () => {
    const call = ['info', '/nowhere'];
    const [plain, debugged] = await Promise.all([heddle(call), heddle([...call, '--debug'])]);
    expect(plain).toMatchObject({
      status: 2,
      stderr: 'heddle: /nowhere: no such folder; models are read from folders, not downloaded\n',
    });
    expect(debugged.status).toBe(2);
    expect(debugged.stderr).toMatch(/\n {4}at .*disk-folder\.js/);
  });

  test('a reader that stops reading is not an error', async () => {
    const pipe = `set -o pipefail; "${process.execPath}" "${bin}" schema | head -c 10`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', pipe]);
    expect({ length: stdout.length, stderr }).toEqual({ length: 10, stderr: '' });
  });

  test('--help does not load an engine', async () => {
    const loaded = `process.on('exit', () => console.error(Object.keys(process.report.getReport().sharedObjects).length,
      process.report.getReport().sharedObjects.filter((file) => /onnxruntime|koffi/.test(file)).join()))`;
    const { stderr } = await promisify(execFile)(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(loaded)}`,
      bin,
      '--help',
    ]);
    expect(stderr).toMatch(/^\d+ \n$/);
  });
});

describe('the exit status', () => {
  test('is 2 for wrong input, 1 for everything else that fails', () => {
    const named = (name: string) => Object.assign(new Error('x'), { name });
    expect(['InputError', 'ShapeError', 'TypeError'].map((name) => statusOf(named(name)))).toEqual([2, 2, 1]);
    expect([statusOf(new ResultError('too low')), statusOf('thrown text')]).toEqual([1, 1]);
  });

  test('the message is the error’s own, with its cause only for --debug', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(messageOf(error, false)).toBe('outer');
    expect(messageOf(error, true)).toMatch(/outer[\s\S]*cause: Error: inner/);
  });
});
