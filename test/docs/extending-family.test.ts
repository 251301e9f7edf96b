/** The families in docs/extending.md: a file and a line each, and what they add gives what Transformers gives. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../src/runtime/node.ts';
import { float32Data, type Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from '../models/folder.ts';
import { goldenFolder, readTensors, withPrefix } from '../models/golden.ts';
import { applyDiff, copySource, filesOf } from './diff.ts';
import { blocksIn, root } from './page.ts';

const diffs = blocksIn('diff').filter(({ text }) => text.includes('src/models/families/rows.ts'));
const copy = mkdtempSync(join(tmpdir(), 'heddle-family-'));
let models: typeof import('../../src/models/index.ts');
let heddle: typeof import('../../src/tasks/index.ts');

beforeAll(async () => {
  copySource(copy);
  for (const { text } of diffs) applyDiff(copy, text);
  models = await import(join(copy, 'src/models/index.ts'));
  heddle = await import(join(copy, 'src/tasks/index.ts'));
});
afterAll(() => rmSync(copy, { recursive: true }));

const said = (name: string) =>
  JSON.parse(readFileSync(join(root, 'test/golden/families', name, 'cases.json'), 'utf8')) as {
    readonly loss: number;
    readonly generated?: readonly number[];
  };

test.each(diffs)('each takes one new file and one line', ({ text }) => {
  const [made, list, ...others] = filesOf(text);
  expect(others).toEqual([]);
  expect([existsSync(join(root, made.path)), existsSync(join(root, list.path))]).toEqual([false, true]);
  const lines = text.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line));
  const own = made.hunks.flatMap(({ after }) => after.split('\n'));
  expect(lines.length - own.length).toBe(1);
});

/** The rows of tokens that are not padding, of [B, T, D] or [B, H, T, S]; what a model gives for padding has no meaning. */
function ofText(tensor: Tensor, { shape: [batch, time], data: mask }: Tensor): number[] {
  const numbers = float32Data(tensor, 'tensor');
  const width = tensor.shape[tensor.shape.length - 1];
  const perText = numbers.length / width / batch;
  const isText = (row: number) => Number(mask[Math.floor(row / perText) * time + ((row % perText) % time)]) === 1;
  return [...numbers].filter((_, i) => isText(Math.floor(i / width)));
}

describe.each(['opt', 'megatron_bert'])('%s', (name) => {
  const folder = goldenFolder(`families/${name}`);

  test('has the logits, hidden states and attentions of Transformers, and its loss', async () => {
    const golden = await readTensors(folder, 'cases.safetensors');
    const given = withPrefix(golden, 'in/');
    const loaded = await models.loadModel(folder);
    const results = await models.forward(loaded, given, nodeBackend(), { gradients: true });
    const mask = given.get('attention_mask') as Tensor;
    for (const [key, expected] of withPrefix(golden, 'out/')) {
      const [found, wanted] = [results.get(key) as Tensor, expected].map((tensor) => ofText(tensor, mask));
      expect(found.length).toBe(wanted.length);
      wanted.forEach((x, i) => expect(Math.abs(found[i] - x), key).toBeLessThan(2e-5));
    }
    expect(Math.abs(Number(results.get('loss')?.data[0]) - said(name).loss)).toBeLessThan(1e-5);
    const trained = [...models.modelParameters(loaded)].filter(([, { isTrained }]) => isTrained);
    for (const [parameter] of trained) expect(results.has(`grad/${parameter}`), parameter).toBe(true);
  });

  test('keeps its weights and configuration when it is saved and loaded again', async () => {
    const first = await models.loadModel(folder);
    const again = await models.loadModel(memoryFolder(models.saveModelFiles(first, first.parameters)));
    expect(again.config).toEqual(first.config);
    expect(again.parameters).toEqual(first.parameters);
  });
});

test('OPT writes what Transformers writes, with cached keys and values', async () => {
  const { generated = [] } = said('opt');
  const model = await heddle.loadModel(goldenFolder('families/opt'), { role: 'causal' });
  const length = { max_new_tokens: 6, min_new_tokens: 6 };
  const written = await model.generate({ inputs: [generated.slice(0, 7)], ...length, return_dict_in_generate: true });
  expect((written.sequences.tolist() as bigint[][])[0].map(Number)).toEqual(generated);
  await model.dispose();
});

test('OPT refuses what its row does not cover', async () => {
  const config = JSON.parse(readFileSync(join(root, 'test/golden/families/opt/config.json'), 'utf8'));
  const check = (fields: object) => () => models.checkConfig({ ...config, ...fields }, 'config.json');
  expect(check({ word_embed_proj_dim: 8 })).toThrow('word_embed_proj_dim: expected hidden_size 16, got 8');
  expect(check({ do_layer_norm_before: false })).toThrow('do_layer_norm_before: expected true');
});

test('MegatronBERT has the seven classes of BERT', () => {
  const fields = { model_type: 'megatron-bert', vocab_size: 9, hidden_size: 4, num_attention_heads: 2 };
  const classes = ['Model', 'ForPreTraining', 'ForMaskedLM', 'ForNextSentencePrediction'];
  const ofLabels = ['ForSequenceClassification', 'ForTokenClassification', 'ForQuestionAnswering'];
  for (const kind of [...classes, ...ofLabels]) {
    const architecture = `MegatronBert${kind}`;
    const setup = models.checkConfig({ ...fields, architectures: [architecture] }, 'config.json');
    expect(setup.architecture).toBe(architecture);
  }
});
