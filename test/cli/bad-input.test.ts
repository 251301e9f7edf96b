import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { source, target, temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import { build, heddle } from './heddle.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const lines = (texts: readonly string[]) => `${texts.join('\n')}\n`;

/** Names of everything in the folder, however deep. */
const everything = async () => (await readdir(folder, { recursive: true })).sort();

/** Status 2, a message that begins with `heddle:` and shows no stack, nothing on stdout, nothing written. */
async function refuses(args: readonly string[], ...messages: readonly (string | RegExp)[]): Promise<void> {
  const before = await everything();
  const { status, stdout, stderr } = await heddle(args, { input: 'a man\n' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^heddle: /);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stderr.split('\n').length).toBeLessThan(8);
  for (const message of messages) expect(stderr).toMatch(message);
  expect(await everything()).toEqual(before);
}

beforeAll(async () => {
  await build();
  folder = await temporaryFolder();
  await writeSmallModel(at('model'));
  await writeFile(at('source.txt'), lines(source));
  await writeFile(at('target.txt'), lines(target));
  await writeFile(at('short.txt'), lines(target.slice(1)));
  await writeFile(at('empty.txt'), '');
  await writeFile(at('torn.txt.gz'), gzipSync(lines(source)).subarray(0, 40));
  await writeFile(at('latin1.txt'), Buffer.from('a man\ncaf\xe9\nx\ny\n', 'latin1'));
  await writeFile(at('packed.txt.gz'), gzipSync(lines(source)));
  await writeFile(at('semicolons.csv'), 'a man;1998\na dog;1999\n');
  await writeFile(at('returns.tsv'), 'a man\t1998\ra dog\t1999\r');
  await writeFile(at('list.json'), '[\n  { "source": "a man", "target": "1998" }\n]\n');
  await writeFile(at('columns.tsv'), 'a man\t1998\nno target\n');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = `task: translation
data:
  root: ROOT
  train: { source: source.txt, target: target.txt }
tokenizer: { vocab_size: 60, byte_level: false }
model: { model_type: marian, d_model: 16, encoder_attention_heads: 2, decoder_attention_heads: 2, max_position_embeddings: 40 }
train: { max_steps: 2, max_length: 40 }
generation: { max_new_tokens: 8 }
`;

describe('a recipe', () => {
  beforeAll(() => writeFile(at('recipe.yaml'), recipe.replace('ROOT', folder)));

  test.each<[string, string, RegExp]>([
    ['a misspelt field', 'train.lerning_rate=1', /unknown field "lerning_rate".*did you mean "learning_rate"\?/],
    ['an unknown field of the model', 'model.d_modl=8', /unknown field "d_modl".*did you mean "d_model"\?/],
    ['a wrong type', 'train.max_steps=many', /train\.max_steps: expected a whole number, got "many"/],
    ['a value out of range', 'model.dropout=1.5', /dropout: expected .* < 1, got 1\.5/],
    [
      'an unknown model type',
      'model.model_type=mariana',
      /model_type: expected one of .*marian, .*got "mariana"; did you mean "marian"/,
    ],
    ['an unknown activation', 'model.activation_function=rulu', /activation_function: .*relu.*"rulu"/],
    ['heads that do not divide the width', 'model.encoder_attention_heads=3', /encoder_attention_heads.*16.*3/],
    ['a missing file', 'data.train.source=nowhere.txt', /nowhere\.txt: no such file/],
    ['an empty file', 'data.train.source=empty.txt', /empty\.txt: expected lines of text, got an empty file/],
    ['a torn gzip', 'data.train.source=torn.txt.gz', /torn\.txt\.gz: expected a complete gzip file/],
    ['bytes that are not UTF-8', 'data.train.source=latin1.txt', /latin1\.txt:2: expected UTF-8, got byte e9/],
    [
      'files of different length',
      'data.train.target=short.txt',
      /same number of lines, got 4 in source\.txt and 3 in short\.txt/,
    ],
    [
      'a line without its target',
      'data.train={file: columns.tsv}',
      /columns\.tsv:2: expected at least 2 tab-separated columns, found 1/,
    ],
    ['a table of semicolons', 'data.train={file: semicolons.csv}', /semicolons\.csv:1: .*; .* set delimiter: ";"$/m],
    ['a table of carriage returns', 'data.train={file: returns.tsv}', /returns\.tsv: .* got \\r alone; convert them/],
    [
      'JSON that is one list',
      'data.train={file: list.json, columns: {source: source, target: target}}',
      /list\.json:1: .* got a list; .* jq -c/,
    ],
    ['half of a character', 'data.train.source="\\ud83d.txt"', /--set data\.train\.source:1:1: .* got half of one/],
  ])('with %s is refused, and no folder is made', async (_, setting, message) => {
    await refuses(['train', at('recipe.yaml'), '--out', at('run'), '--set', setting], message);
  });

  test('whose gzip unpacks to more than is allowed is refused', async () => {
    const set = ['data.train.source=packed.txt.gz', 'data.max_unpacked_bytes=9'].flatMap((one) => ['--set', one]);
    await refuses(
      ['train', at('recipe.yaml'), '--out', at('run'), ...set],
      /packed\.txt\.gz: expected at most 9 bytes of text when unpacked, got more/,
    );
  });

  test('that is no YAML is refused with line and column', async () => {
    await writeFile(at('broken.yaml'), 'task: translation\ndata: { train\n');
    await refuses(['train', at('broken.yaml'), '--out', at('run')], /broken\.yaml:\d+:\d+: /);
  });

  test('reports everything that is wrong in it, with lines', async () => {
    await writeFile(at('two.yaml'), recipe.replace('ROOT', folder).replace('max_steps: 2', 'max_stps: 2, seed: -1'));
    await refuses(['train', at('two.yaml'), '--out', at('run')], /two\.yaml:7: .*max_stps/, /two\.yaml:7: .*seed/);
  });
});

describe('text', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['predict: a missing file', ['predict', 'model', '--input', 'nowhere'], /nowhere: .*no such file/],
    ['predict: an empty file', ['predict', 'model', '--input', 'empty.txt', '--output', 'out'], /empty file/],
    ['predict: not UTF-8', ['predict', 'model', '--input', 'latin1.txt', '--output', 'out'], /latin1\.txt:2/],
    [
      'predict: a folder where the output should be',
      ['predict', 'model', '--input', 'source.txt', '--output', '.'],
      /: expected a file, got a folder/,
    ],
    [
      'predict: an output in place of its input',
      ['predict', 'model', '--input', 'source.txt', '--output', 'source.txt'],
      /--output .*source\.txt: expected a file other than .*source\.txt, which is read/,
    ],
    [
      'evaluate: a page in place of the data',
      ['evaluate', 'model', '--data', 'source.txt', 'target.txt', '--page', 'target.txt'],
      /--page .*target\.txt: expected a file other than .*target\.txt, which is read/,
    ],
    [
      'evaluate: a page in the model',
      ['evaluate', 'model', '--data', 'source.txt', 'target.txt', '--page', 'model/model.safetensors'],
      /--page .*safetensors: expected a file other than .*model, which is read/,
    ],
    ['evaluate: different lengths', ['evaluate', 'model', '--data', 'source.txt', 'short.txt'], /4 in .* and 3 in/],
    ['evaluate: a torn gzip', ['evaluate', 'model', '--data', 'torn.txt.gz', 'target.txt'], /complete gzip/],
    [
      'evaluate: too few columns',
      ['evaluate', 'model', '--data', 'columns.tsv'],
      /columns\.tsv:2: expected at least 2/,
    ],
    [
      'evaluate: a setting of data that there is not',
      ['evaluate', 'model', '--data', 'columns.tsv', '--set', 'data.colums=1'],
      /--set: unknown field "colums" in data; did you mean "columns"\?/,
    ],
    [
      'evaluate: a setting of something else',
      ['evaluate', 'model', '--data', 'columns.tsv', '--set', 'dta=1'],
      /--set dta: expected generation\.NAME or data\.NAME or src_lang or tgt_lang, got dta; did you mean "data"\?/,
    ],
    ['score: different lengths', ['score', 'bleu', '--hyp', 'source.txt', '--ref', 'short.txt'], /as many lines/],
    [
      'score: an unknown metric',
      ['score', 'blue', '--hyp', 'source.txt', '--ref', 'source.txt'],
      /"blue"; did you mean "bleu"/,
    ],
    [
      'score: an unknown tokenizer',
      ['score', 'bleu', '--hyp', 'source.txt', '--ref', 'source.txt', '--tokenize', '13'],
      /tokenize must be one of.*"13"; did you mean "13a"/,
    ],
    [
      'score: an option of another metric',
      ['score', 'wer', '--hyp', 'source.txt', '--ref', 'source.txt', '--stem'],
      /score wer: takes no option stem/,
    ],
    [
      'score: text where tags should be',
      ['score', 'seqeval', '--hyp', 'source.txt', '--ref', 'source.txt'],
      /source\.txt:1: expected tags O, B-TYPE, .* got "\S+", at tag 1/,
    ],
    [
      'tokenizer train: an empty file',
      ['tokenizer', 'train', 'empty.txt', '--vocab_size', '50', '--out', 'tok'],
      /empty file/,
    ],
  ])('%s', async (_, args, message) => {
    const isFile = (arg: string) =>
      (arg.includes('.') && !arg.includes('=')) || ['model', 'out', 'tok', 'nowhere'].includes(arg);
    await refuses(
      args.map((arg) => (isFile(arg) ? at(arg) : arg)),
      message,
    );
  });

  test('that is not UTF-8 on stdin is refused with its line', async () => {
    const { status, stderr } = await heddle(['predict', at('model')], { input: Buffer.from('ok\n\xff\n', 'latin1') });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'heddle: stdin:2: expected UTF-8, got other bytes\n' });
  });

  test('settings of the generation are checked', async () => {
    const set = (setting: string) => ['predict', at('model'), '--set', setting];
    await refuses(set('generation.num_beems=2'), /unknown field "num_beems"; did you mean "num_beams"\?/);
    await refuses(set('generation.num_beams=0'), /num_beams: expected a number ≥ 1, got 0/);
    await refuses(set('train.seed=1'), /expected generation\.NAME/);
  });
});

describe('a model folder', () => {
  let name = 0;

  /** A copy of the model with one file changed, or removed when `change` gives null. */
  async function changed(file: string, change: (bytes: Buffer) => string | Uint8Array | null): Promise<string> {
    const copy = at(`changed-${++name}`);
    await cp(at('model'), copy, { recursive: true });
    const content = change(await readFile(join(copy, file)));
    if (content === null) await rm(join(copy, file));
    else await writeFile(join(copy, file), content);
    return copy;
  }

  const config = (fields: Record<string, unknown>) => (bytes: Buffer) =>
    JSON.stringify({ ...JSON.parse(bytes.toString()), ...fields });

  test.each<[string, (bytes: Buffer) => string | null, RegExp]>([
    ['is missing', () => null, /config\.json: no such file/],
    ['is not JSON', () => '{ "model_type": "marian", }', /config\.json:1:\d+: expected a name in double quotes/],
    ['has an unknown activation', config({ activation_function: 'relo' }), /activation_function: .*relu.*"relo"/],
    [
      'has heads that do not divide the width',
      config({ decoder_attention_heads: 3 }),
      /decoder_attention_heads.*16.*3/,
    ],
  ])('whose config.json %s', async (_, change, message) => {
    await refuses(['info', await changed('config.json', change)], message);
  });

  test('whose config.json has an unknown model type is used by no verb but info, which shows its tensors', async () => {
    const folder = await changed('config.json', config({ model_type: 'm2m_100' }));
    const call = ['inspect', folder, '--text', 'a', '--out', at('unknown.html')];
    await refuses(call, /model_type: expected one of .*marian, .*got "m2m_100"/);
    const { status, stdout } = await heddle(['info', folder]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^family +m2m_100 .*: unknown to Heddle, so only its files are shown\n/);
    expect(stdout).toMatch(/\nmodel\n {2}decoder/);
  });

  type Tensors = Map<string, Tensor>;
  const tensors = (change: (all: Tensors) => void) => (bytes: Buffer) => {
    const all = new Map(parseSafetensors(new Uint8Array(bytes), 'x').tensors);
    change(all);
    return writeSafetensors(all);
  };
  const norm = 'model.encoder.layers.0.final_layer_norm.weight';

  /** Changes the header's text. */
  const header = (change: (text: string) => string) => (bytes: Buffer) => {
    const length = Number(bytes.readBigUInt64LE());
    const text = change(bytes.toString('utf8', 8, 8 + length).trimEnd());
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    return Buffer.concat([head, Buffer.from(text), bytes.subarray(8 + length)]);
  };
  /** Moves one tensor's offsets. */
  const offsets = (move: (begin: number, end: number) => [number, number]) =>
    header((text) => {
      const entries = JSON.parse(text);
      entries[norm].data_offsets = move(entries[norm].data_offsets[0], entries[norm].data_offsets[1]);
      return JSON.stringify(entries);
    });

  test.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['is truncated', (bytes) => bytes.subarray(0, bytes.length - 10), /out of range|holds \d+ bytes/],
    ['has a header longer than the file', (bytes) => bytes.subarray(0, 100), /header/],
    ['lacks a tensor', tensors((all) => all.delete(norm)), /1 missing \(model\.encoder/],
    [
      'has one too many',
      tensors((all) => all.set('extra', float32Tensor([1], new Float32Array(1)))),
      /1 unexpected \(extra\)/,
    ],
    [
      'has one of another shape',
      tensors((all) => all.set(norm, float32Tensor([8], new Float32Array(8)))),
      /1 wrong shape \(.*\[8\], expected \[16\]/,
    ],
    ['has an unknown dtype', header((text) => text.replace('"F32"', '"F3X"')), /unknown dtype "F3X"/],
    ['has offsets out of range', offsets((begin, end) => [begin + 1e7, end + 1e7]), /out of range/],
    ['has tensors that overlap', offsets((begin, end) => [begin - 64, end - 64]), /overlap/],
  ])('whose checkpoint %s', async (_, change, message) => {
    await refuses(['predict', await changed('model.safetensors', change), '--output', at('out')], message);
  });

  test('that has two things wrong says both', async () => {
    const both = tensors((all) => {
      all.delete(norm);
      all.set('extra', float32Tensor([1], new Float32Array(1)));
    });
    await refuses(['info', await changed('model.safetensors', both)], /1 missing/, /1 unexpected/);
  });

  test('without weights or tokenizer', async () => {
    await refuses(['info', await changed('model.safetensors', () => null)], /expected model\.safetensors/);
    await refuses(
      ['predict', await changed('tokenizer.json', () => null)],
      /expected tokenizer\.json, which PreTrainedTokenizerFast needs/,
    );
  });
});

describe('tensors for forward', () => {
  const ids = (shape: number[], values: number[]): Tensor => ({ dtype: 'I32', shape, data: Int32Array.from(values) });

  test.each<[string, Record<string, Tensor>, RegExp]>([
    [
      'a token id outside the vocabulary',
      { input_ids: ids([1, 3], [1, 999, 2]), labels: ids([1, 1], [0]) },
      /input_ids: .*got 999, at \[0, 1\]/,
    ],
    [
      'a label outside the vocabulary',
      { input_ids: ids([1, 1], [1]), labels: ids([1, 2], [3, -7]) },
      /labels: .*got -7, at \[0, 1\]/,
    ],
    ['an unknown name', { input_ds: ids([1, 1], [1]) }, /got "input_ds"; did you mean "input_ids"\?/],
    ['nothing to decode', { input_ids: ids([1, 1], [1]) }, /expected decoder_input_ids or labels/],
    [
      'rows that disagree',
      { input_ids: ids([2, 1], [1, 1]), labels: ids([1, 1], [0]) },
      /labels: expected shape \[2, target\], got \[1, 1\]/,
    ],
  ])('%s', async (_, tensors, message) => {
    await writeFile(at('in.safetensors'), writeSafetensors(new Map(Object.entries(tensors))));
    await refuses(['forward', at('model'), '--inputs', at('in.safetensors'), '--outputs', at('out')], message);
  });

  test('gradients without labels', async () => {
    const tensors = { input_ids: ids([1, 1], [1]), decoder_input_ids: ids([1, 1], [1]) };
    await writeFile(at('in.safetensors'), writeSafetensors(new Map(Object.entries(tensors))));
    const call = ['forward', at('model'), '--inputs', at('in.safetensors'), '--outputs', at('out'), '--gradients'];
    await refuses(call, /gradients need labels/);
  });
});

test('a demo is not made in a folder that holds something', async () => {
  await refuses(['demo', '--out', at('model')], /expected a new or empty folder/);
});
