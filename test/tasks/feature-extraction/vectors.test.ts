import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import type { Folder } from '../../../src/io/folder.ts';
import { type FeatureExtractionPipeline, pipeline } from '../../../src/tasks/index.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import type { Tensor } from '../../../src/weights/tensor.ts';
import { goldenFolder, largestDifference, readTensors, withPrefix } from '../../models/golden.ts';

const folder = goldenFolder('sentences/encoder');
const tolerance = 2e-6;

/** The folder with the text of some files replaced; null: without the file. */
function changed(files: Readonly<Record<string, unknown>>): Folder {
  const text = (file: string) => (Object.hasOwn(files, file) ? files[file] : undefined);
  return {
    name: 'changed',
    has: async (file) => (text(file) === undefined ? folder.has(file) : text(file) !== null),
    read: async (file) => {
      const own = text(file);
      return own === undefined ? folder.read(file) : new TextEncoder().encode(JSON.stringify(own));
    },
  };
}

const json = async (file: string) => JSON.parse(new TextDecoder().decode(await folder.read(file)));

let texts: readonly string[];
let golden: ReadonlyMap<string, Tensor>;
let extract: FeatureExtractionPipeline;
beforeAll(async () => {
  texts = (await json('cases.json')).texts;
  golden = withPrefix(await readTensors(folder, 'cases.safetensors'), 'vectors/');
  extract = await pipeline('feature-extraction', folder);
});
afterAll(() => extract?.dispose());

const expected = (name: string): Tensor => {
  const tensor = golden.get(name);
  if (!tensor) throw new Error(`golden: expected ${name}`);
  return tensor;
};

describe('vectors of texts', () => {
  const names = { mean: 'mean', cls: 'cls', max: 'max', last_token: 'lasttoken', first_token: 'cls', eos: 'lasttoken' };
  test.each(Object.entries(names))('are those of sentence-transformers with pooling %s', async (pooling, name) => {
    const { dims, data } = await extract(texts, { pooling: pooling as keyof typeof names, normalize: false });
    expect(largestDifference({ dtype: 'F32', shape: dims, data }, expected(name), name)).toBeLessThan(tolerance);
  });

  test('are made as modules.json says, if nothing else is asked for', async () => {
    const { dims, data } = await extract(texts);
    expect(extract.sentence).toEqual({ pooling: 'mean', normalize: true });
    const name = 'mean_normalized';
    expect(largestDifference({ dtype: 'F32', shape: dims, data }, expected(name), name)).toBeLessThan(tolerance);
  });

  test('have the interface of a tensor of transformers.js, and tell which texts were cut', async () => {
    const one = await extract('a dog');
    expect([one.type, one.dims, one.tolist().length]).toEqual(['float32', [1, 16], 1]);
    const long = texts.length - 1;
    expect((await extract(texts)).truncated).toEqual([long]);
    await expect(extract(texts, { truncation: false })).rejects.toThrow(
      `feature-extraction: expected at most 20 tokens, got 32, at text ${long}`,
    );
    expect((await extract([])).dims).toEqual([0, 16]);
  });
});

describe('texts without tokens', () => {
  test('have the vectors of the special tokens, and are listed', async () => {
    const given = ['a dog', '', ' \u0000', 'the moon'];
    const found = await extract(given);
    expect([found.empty, found.truncated]).toEqual([[1, 2], []]);
    const [dog, blank, control] = found.tolist();
    expect(control).toEqual(blank);
    expect(dog).not.toEqual(blank);
  });

  test('are reported by predict, but for blank lines, which stay blank', async () => {
    const [out, notes]: [string[], string[]] = [[], []];
    await predictLines(fileURLToPath(new URL('../../golden/sentences/encoder', import.meta.url)), {
      ...{ json: false, settings: [], stdin: Readable.from([Buffer.from('a dog\n\n\u0001\n')]) },
      print: async (more) => void out.push(...more.split('\n').slice(0, -1)),
      note: (line) => void notes.push(line),
    });
    expect(out.map((line) => line.split(' ').length)).toEqual([16, 1, 16]);
    expect(notes).toEqual(['stdin:3: an empty text']);
  });
});

describe('vectors of tokens', () => {
  test('are those of the model, with zeros for padding', async () => {
    const { dims, data } = await extract(texts, { pooling: 'none' });
    expect(largestDifference({ dtype: 'F32', shape: dims, data }, expected('none'), 'none')).toBeLessThan(tolerance);
  });

  test('are the default of a folder without modules.json', async () => {
    const plain = await pipeline('feature-extraction', changed({ 'modules.json': null }));
    expect(plain.sentence).toBeUndefined();
    expect((await plain(texts[1])).dims).toEqual([1, 4, 16]);
    await plain.dispose();
  });
});

describe('a folder of sentence-transformers', () => {
  const modules = (...kinds: string[]) =>
    kinds.map((kind, at) => ({
      idx: at,
      path: at ? `${at}_${kind}` : '',
      type: `sentence_transformers.models.${kind}`,
    }));
  const poolingFile = '1_Pooling/config.json';

  test('is read in the form of older versions too', async () => {
    const old = await pipeline(
      'feature-extraction',
      changed({
        'modules.json': modules('Transformer', 'Pooling'),
        [poolingFile]: { word_embedding_dimension: 16, pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
        'sentence_bert_config.json': { max_seq_length: 5, do_lower_case: false },
      }),
    );
    expect(old.sentence).toEqual({ pooling: 'cls', normalize: false });
    expect(old.max_length).toBe(5);
    const { truncated, dims } = await old(texts);
    expect(truncated).toEqual([0, 3, texts.length - 1]);
    expect(dims).toEqual([texts.length, 16]);
    await old.dispose();
  });

  test.each([
    [
      'another module',
      { 'modules.json': modules('Transformer', 'Pooling', 'Dense') },
      /modules Transformer, Pooling and perhaps Normalize, got Transformer, Pooling, Dense$/,
    ],
    [
      'another order',
      { 'modules.json': modules('Transformer', 'Normalize', 'Pooling') },
      /got Transformer, Normalize, Pooling$/,
    ],
    [
      'weights elsewhere',
      { 'modules.json': modules('Transformer', 'Pooling').map((one) => ({ ...one, path: one.path || '0_BERT' })) },
      /got Transformer, Pooling with the Transformer in 0_BERT$/,
    ],
    [
      'another pooling',
      { [poolingFile]: { embedding_dimension: 16, pooling_mode: 'weightedmean' } },
      /1_Pooling\/config.json: expected one pooling_mode of mean, cls, max, lasttoken, got weightedmean$/,
    ],
    [
      'another pooling by its flag',
      { [poolingFile]: { pooling_mode_mean_sqrt_len_tokens: true } },
      /got pooling_mode_mean_sqrt_len_tokens$/,
    ],
    [
      'two poolings',
      { [poolingFile]: { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true } },
      /got pooling_mode_mean_tokens and pooling_mode_cls_token$/,
    ],
    [
      'another width',
      { [poolingFile]: { embedding_dimension: 32, pooling_mode: 'mean' } },
      /expected vectors of the model's width 16, got 32$/,
    ],
    [
      'a prompt',
      { 'config_sentence_transformers.json': { default_prompt_name: 'query', prompts: { query: 'query: ' } } },
      /default_prompt_name: expected none, got "query"; write the prompt into the texts/,
    ],
    [
      'texts in lower case',
      { 'sentence_bert_config.json': { do_lower_case: true } },
      /do_lower_case: expected false, got true/,
    ],
  ])('is refused with %s', async (_, files, message) => {
    const opened = pipeline('feature-extraction', changed(files));
    await expect(opened).rejects.toThrow(InputError);
    await expect(opened).rejects.toThrow(message);
  });
});

describe('a call', () => {
  test.each([
    [{ pooling: 'mena' }, /pooling: expected one of none, mean, cls, .*, got "mena"; did you mean "mean"\?/],
    [{ normalize: 1 }, /normalize: expected true or false, got 1/],
    [{ quantize: true }, /unknown option "quantize"/],
  ])('is refused with %j', async (options, message) => {
    await expect(extract('a dog', options as never)).rejects.toThrow(message);
  });
});
