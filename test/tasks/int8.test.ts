/** Models with int8 weights: `{ dtype: 'int8' }`, `heddle quantize`, the folder it writes, and what is refused. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { type Content, writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { loadModel as load } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { QuantizedMatrix } from '../../src/runtime/quantized-weights.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { loadModel, pipeline } from '../../src/tasks/index.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { averageCheckpoints } from '../../src/tasks/verbs/checkpoint-average.ts';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import { modelInfo } from '../../src/tasks/verbs/info.ts';
import { quantizeFolder } from '../../src/tasks/verbs/quantize.ts';
import { trainRecipe } from '../../src/tasks/verbs/train-recipe.ts';
import { parseSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { build, heddle } from '../cli/heddle.ts';
import { memoryFolder } from '../models/folder.ts';
import { temporaryFolder, writeSmallModel } from './model-folder.ts';
import { tinyBertFiles, tinyWeights, writeTinyBert } from './tiny-bert.ts';

const labels = { id2label: { 0: 'bad', 1: 'good', 2: 'mixed' }, label2id: { bad: 0, good: 1, mixed: 2 } };
const texts = ['the film was great .', 'awful', 'a very long , dull film', '영화가 정말 좋다'];
const golden = (name: string) => readFile(fileURLToPath(new URL(`../golden/tokenizers/gpt2/${name}`, import.meta.url)));

async function writeGpt2(path: string): Promise<string> {
  const sizes = { n_positions: 40, n_embd: 32, n_layer: 2, n_head: 4 };
  const setup = checkConfig(
    {
      model_type: 'gpt2',
      vocab_size: 477,
      bos_token_id: 476,
      eos_token_id: 476,
      architectures: ['GPT2LMHeadModel'],
      ...sizes,
    },
    '',
  );
  const files = new Map<string, Content>(saveModelFiles(setup, tinyWeights(setup)));
  for (const name of ['vocab.json', 'merges.txt', 'tokenizer_config.json']) files.set(name, await golden(name));
  for (const [name, content] of files) await writeWhole(join(path, name), content);
  return path;
}

let root = '';
let folders: { readonly [K in 'classifier' | 'tagger' | 'encoder' | 'translator' | 'writer' | 'filler']: string };
beforeAll(async () => {
  root = await temporaryFolder();
  const bert = (name: string, architecture: string) =>
    writeTinyBert(join(root, name), { architectures: [architecture], ...(name !== 'encoder' && labels) });
  folders = {
    classifier: await bert('classifier', 'BertForSequenceClassification'),
    tagger: await bert('tagger', 'BertForTokenClassification'),
    encoder: await bert('encoder', 'BertModel'),
    filler: await bert('filler', 'BertForMaskedLM'),
    translator: await writeSmallModel(join(root, 'translator')),
    writer: await writeGpt2(join(root, 'writer')),
  };
  for (const [name, path] of Object.entries(folders)) await quantizeFolder(path, { out: join(root, `${name}-int8`) });
});
afterAll(() => rm(root, { recursive: true }));

const int8 = (name: keyof typeof folders): string => join(root, `${name}-int8`);

/** The tensor that each class is compared by, and its inputs. */
const outputs: { readonly [K in keyof typeof folders]: string } = {
  classifier: 'logits',
  tagger: 'logits',
  encoder: 'last_hidden_state',
  filler: 'logits',
  translator: 'logits',
  writer: 'logits',
};
const names = Object.keys(outputs) as (keyof typeof folders)[];

async function outputOf(name: keyof typeof folders, ...[folder, options]: Parameters<typeof loadModel>) {
  const model = await loadModel(folder, options);
  const input_ids = [[2, 5, 6, 7, 8, 9]];
  const results = await model.forward({ input_ids, ...(name === 'translator' && { decoder_input_ids: [[4, 5, 6]] }) });
  await model.dispose();
  return [...float32Data(results.get(outputs[name]) as Tensor, name)];
}

/** The distance of two vectors, as a share of the length of the first. */
function distance(a: readonly number[], b: readonly number[]): number {
  const length = (x: readonly number[]) => Math.sqrt(x.reduce((sum, one) => sum + one * one, 0));
  return length(a.map((one, i) => one - b[i])) / length(a);
}

describe.each(names)('a %s', (name) => {
  test('is close to the model in float32 and not equal to it', async () => {
    const [float32, rounded] = [await outputOf(name, folders[name]), await outputOf(name, int8(name))];
    expect(distance(float32, rounded)).toBeLessThan(0.06);
    expect(rounded).not.toEqual(float32);
  });

  test('gives the same from its folder as from the folder in float32 with dtype int8, bit for bit', async () => {
    const found = await outputOf(name, int8(name));
    expect(await outputOf(name, folders[name], { dtype: 'int8' })).toEqual(found);
    expect(await outputOf(name, int8(name), { dtype: 'int8' })).toEqual(found);
  });

  test('gives the same on node and wasm', async () => {
    const [node, wasm] = [
      await outputOf(name, int8(name)),
      await outputOf(name, int8(name), { backend: webBackend() }),
    ];
    // Float sums differ in their last bits, and so now and then a number is rounded to the next step.
    expect(distance(node, wasm)).toBeLessThan(0.01);
  });

  test('is the same bytes after loading and saving', async () => {
    const folder = diskFolder(int8(name));
    const model = await load(folder);
    const files = saveModelFiles(model, model.parameters, model.generationConfig);
    for (const file of ['config.json', 'model.safetensors']) {
      const content = files.get(file) ?? '';
      expect(Buffer.from(typeof content === 'string' ? content : Buffer.concat(content))).toEqual(
        Buffer.from(await folder.read(file)),
      );
    }
  });

  test('keeps vectors and position tables in float32, and has a scale for each row or column', async () => {
    const { tensors } = parseSafetensors(await diskFolder(int8(name)).read('model.safetensors'), name);
    const shapes = new Map([...tensors].map(([at, { shape }]) => [at, shape]));
    const rounded = [...tensors].filter(([, { dtype }]) => dtype === 'I8');
    expect(rounded.length).toBeGreaterThan(4);
    for (const [at, { shape }] of rounded) {
      expect(at).not.toMatch(/norm|bias|position|wpe|token_type/i);
      expect([
        [shape[0], 1],
        [1, shape[1]],
      ]).toContainEqual(shapes.get(`${at}.scale`));
    }
  });
});

test('info of an int8 folder counts the bytes of its weights, and no memory to train them', async () => {
  const [before, after] = await Promise.all(
    [folders.encoder, int8('encoder')].map(async (path) => modelInfo(diskFolder(path))),
  );
  expect(after.cost?.run.weights).toBe(after.stored.bytes);
  expect(after.cost?.run.weights).toBeLessThan(0.5 * (before.cost?.run.weights ?? 0));
  expect([before.cost?.train === null, after.cost?.train]).toEqual([false, null]);
});

describe('a pipeline of an int8 folder', () => {
  test('classifies a text alone as in a batch of texts of its length, to the bit', async () => {
    const classify = await pipeline('text-classification', int8('classifier'));
    const same = ['the film was great', 'a long dull film', 'the very very very'];
    const together = await classify(same, { top_k: null });
    for (const [at, text] of same.entries())
      expect([await classify(text, { top_k: null })].flat()).toEqual(together[at]);
    await classify.dispose();
  });

  test('tags words, embeds texts and fills masks', async () => {
    const tag = await pipeline('token-classification', int8('tagger'));
    expect(await tag(texts[0])).not.toEqual([]);
    const embed = await pipeline('feature-extraction', int8('encoder'));
    expect((await embed(texts, { pooling: 'mean' })).dims).toEqual([4, 16]);
    const fill = await pipeline('fill-mask', int8('filler'));
    expect((await fill('the [MASK] was great'))[0]).toMatchObject({ token_str: expect.any(String) });
    for (const one of [tag, embed, fill]) await one.dispose();
  });

  test('translates with beams, each text as it does alone', async () => {
    const translate = await pipeline('translation', int8('translator'));
    const given = ['the 3rd of May, 1998', 'a man sleeps', '한 남자가 잔다'];
    const options = { num_beams: 3, max_new_tokens: 8 };
    const together = await translate(given, options);
    expect(new Set(together.map(({ translation_text }) => translation_text)).size).toBeGreaterThan(1);
    for (const [at, text] of given.entries()) expect(await translate(text, options)).toEqual([together[at]]);
    await translate.dispose();
  });

  test('translates without numbers of its matrices in float32', async () => {
    const widened = vi.spyOn(QuantizedMatrix.prototype, 'widened');
    const translate = await pipeline('translation', folders.translator, { dtype: 'int8' });
    await translate('a man sleeps', { num_beams: 3, max_new_tokens: 8 });
    await translate.dispose();
    expect(widened).not.toHaveBeenCalled();
    widened.mockRestore();
  });

  test('is scored by the loss of its int8 weights', async () => {
    const [text, reference] = ['a man sleeps', 'the 3rd of May, 1998'];
    const data = [join(root, 'one.source'), join(root, 'one.target')];
    await writeWhole(data[0], `${text}\n`);
    await writeWhole(data[1], `${reference}\n`);
    const { metrics } = await evaluateFiles(int8('translator'), { data, settings: [] });
    const translate = await pipeline('translation', int8('translator'));
    const { source, target } = translate.tokenizers;
    const model = await loadModel(int8('translator'));
    const given = { input_ids: [[...source.encode(text)]], labels: [[...target.encode(reference)]] };
    const [loss] = float32Data((await model.forward(given)).get('loss') as Tensor, 'loss');
    expect(Math.abs(Number(metrics.eval_loss) - loss)).toBeLessThan(1e-6 * loss);
    await translate.dispose();
    await model.dispose();
  });

  test('continues texts', async () => {
    const write = await pipeline('text-generation', int8('writer'));
    const [{ generated_text }] = await write('The loom', { max_new_tokens: 6, do_sample: false });
    expect(generated_text.length).toBeGreaterThan('The loom'.length);
    await write.dispose();
  });
});

describe('heddle quantize', () => {
  beforeAll(build, 120_000);

  test('writes the model, its tokenizer and a card, and prints both sizes', async () => {
    const out = join(root, 'by-verb');
    const { status, stdout, stderr } = await heddle(['quantize', folders.classifier, '--out', out]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/ % of the size of /)]);
    expect(stdout).toMatch(/^ +fp32 +int8\nweights +\d+\.\d MB +\d+\.\d MB\n$/);
    const files = ['README.md', 'config.json', 'model.safetensors', 'tokenizer_config.json', 'vocab.txt'];
    expect((await readdir(out)).sort()).toEqual(files);
    const { quantization_config, unknown_to_heddle } = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect([quantization_config, unknown_to_heddle]).toEqual([{ heddle: 'int8' }, { is: 'kept' }]);
    expect(await readFile(join(out, 'README.md'), 'utf8')).toMatch(/## int8\n/);
    expect((await modelInfo(diskFolder(out))).stored.dtypes.I8).toBeGreaterThan(4000);
  }, 60_000);

  test('scores both models on data, as JSON', async () => {
    const data = join(root, 'dev.tsv');
    await writeWhole(data, 'the film was great\tgood\nawful\tbad\nvery long\tmixed\n');
    const out = join(root, 'scored');
    const { stdout } = await heddle(['quantize', folders.classifier, '--out', out, '--data', data, '--json']);
    const { fp32, int8 } = JSON.parse(stdout);
    expect([fp32.eval_samples, int8.eval_samples]).toEqual([3, 3]);
    expect(int8.eval_loss).not.toBe(fp32.eval_loss);
    expect(Math.abs(int8.eval_loss - fp32.eval_loss)).toBeLessThan(0.05);
    expect(int8.bytes).toBeLessThan(fp32.bytes);
  }, 60_000);

  test('refuses a folder that exists and a model that is int8, and leaves nothing', async () => {
    const out = join(root, 'never');
    await expect(quantizeFolder(int8('encoder'), { out })).rejects.toThrow(/expected a model in float32, got .* int8/);
    await expect(quantizeFolder(folders.encoder, { out: root })).rejects.toThrow('got an existing one');
    const data = [join(root, 'none.tsv')];
    await expect(quantizeFolder(folders.classifier, { out, data })).rejects.toThrow('none.tsv');
    expect(await stat(out).catch(() => undefined)).toBeUndefined();
    expect((await readdir(root)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('refused is', () => {
  test('a dtype that is unknown, or that an int8 folder cannot give', async () => {
    // @ts-expect-error q4 is none of them
    await expect(loadModel(folders.encoder, { dtype: 'q4' })).rejects.toThrow(
      'dtype: expected fp32, int8, bf16, got "q4"',
    );
    await expect(pipeline('feature-extraction', int8('encoder'), { dtype: 'fp32' })).rejects.toThrow(
      'dtype: the weights of this folder are int8; remove dtype',
    );
  });

  test('a gradient', async () => {
    const model = await loadModel(int8('classifier'));
    const given = { input_ids: [[2, 5, 3]], labels: [1] };
    await expect(model.forward(given, { gradients: true })).rejects.toThrow('gradients need weights in float32');
    expect((await model.forward(given)).get('loss')?.data[0]).toBeGreaterThan(0);
    await model.dispose();
  });

  test('a training that starts from it, and an average of it', async () => {
    const text = `task: text-classification
data: { root: ${root}, train: { file: dev.tsv } }
model: { model_name_or_path: ${int8('classifier')} }
train: { max_steps: 1 }
`;
    const training = trainRecipe(parseRecipe(text, 'recipe'), { out: join(root, 'run'), backend: nodeBackend() });
    await expect(training).rejects.toThrow(/int8 weights, which are not trained/);
    const run = join(root, 'averaged');
    const folder = diskFolder(int8('classifier'));
    for (const file of ['config.json', 'model.safetensors']) {
      await writeWhole(join(run, 'checkpoint-1', file), await folder.read(file));
    }
    await writeWhole(join(run, 'checkpoint-1', 'trainer_state.json'), '{}');
    await expect(averageCheckpoints(run, 1)).rejects.toThrow(/int8, which are not averaged/);
  });

  test('int8 weights without scales that fit, and a configuration that says int8 of other weights', async () => {
    const files = new Map<string, Content>(tinyBertFiles());
    const config = JSON.parse(String(files.get('config.json')));
    files.set('config.json', JSON.stringify({ ...config, quantization_config: { heddle: 'int8' } }));
    await expect(load(memoryFolder(files))).rejects.toThrow('expected int8 weights, as quantization_config');
    const { tensors } = parseSafetensors(await diskFolder(int8('encoder')).read('model.safetensors'), 'm');
    const [name] = [...tensors].find(([, { dtype }]) => dtype === 'I8') ?? [''];
    const changed = new Map(tensors).set(`${name}.scale`, float32Tensor([3], new Float32Array(3)));
    files.set('model.safetensors', writeSafetensors(changed));
    await expect(load(memoryFolder(files))).rejects.toThrow(
      `${name}.scale: expected F32 scales of the rows or columns of [`,
    );
    files.set('config.json', JSON.stringify(config));
    await expect(load(memoryFolder(files))).rejects.toThrow(/I8/);
  });
});
