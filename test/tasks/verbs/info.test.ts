/** A summary of a model folder. */
import { describe, expect, test } from 'vitest';
import { parameterTree } from '../../../src/cli/verbs/parameter-tree.ts';
import type { Folder } from '../../../src/io/folder.ts';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { modelCost } from '../../../src/models/folder/cost.ts';
import { modelInfo } from '../../../src/tasks/verbs/info.ts';
import { memoryFolder } from '../../models/folder.ts';
import { goldenFolder } from '../../models/golden.ts';

const text = (folder: Folder, file: string) => folder.read(file).then((bytes) => new TextDecoder().decode(bytes));

/** The files of a golden folder in memory, with a changed `config.json`. */
async function changed(name: string, change: object, more: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const folder = goldenFolder(name);
  const config: object = JSON.parse(await text(folder, 'config.json'));
  return memoryFolder(
    new Map<string, string | Uint8Array>([
      ['config.json', JSON.stringify({ ...config, ...change })],
      ['model.safetensors', await folder.read('model.safetensors')],
      ...Object.entries(more),
    ]),
  );
}

describe('FLOPs', () => {
  test('of BERT-base are 24·L·D² a token for its matrices, 4·L·D a token and token read for attention, and those of the pooler', () => {
    const [L, D, T] = [12, 768, 128];
    const setup = checkConfig({ model_type: 'bert', architectures: ['BertModel'], vocab_size: 30522 }, 'bert');
    const { flops } = modelCost(setup, { length: T, batch: 2 });
    const [matrices, attention, pooler] = [24 * L * D * D, 4 * L * D, 2 * D * D];
    expect(flops.pass).toBe(`${attention}·batch·time·time + ${matrices}·batch·time + ${pooler}·batch`);
    expect(flops.per_token).toBe(Math.round(attention * T + matrices + pooler / T));
    // 2 · N of the usual rule, N the weights of its matrices.
    expect(matrices).toBe(2 * 84_934_656);
  });

  test('of a loop are those of its step, once for every token', () => {
    const setup = checkConfig(
      {
        model_type: 'recurrent_lm',
        vocab_size: 20,
        hidden_size: 8,
        num_layers: 1,
        cell: 'gru',
        embedding_size: 8,
        pad_token_id: 19,
      },
      'lm',
    );
    const { flops } = modelCost(setup, { length: 10, batch: 1 });
    // Each of 3 · 8 numbers is made of an input, a state of 8 each, and a bias; the output layer scores 20 tokens.
    expect(flops.per_token).toBe(2 * (3 * 8 * 17 + 8 * 20));
  });
});

describe('a summary', () => {
  test('reads of the weights nothing but the headers of the files', async () => {
    const folder = goldenFolder('loading/bert_sharded');
    let read = 0;
    let size = 0;
    const counted: Folder = {
      ...folder,
      async open(file) {
        const open = await folder.open?.(file);
        if (!open) throw new Error('expected a folder on disk');
        size += open.size;
        return {
          ...open,
          read(begin, end) {
            read += end - begin;
            return open.read(begin, end);
          },
        };
      },
    };
    const { stored } = await modelInfo(counted);
    expect(stored).toMatchObject({ dtypes: { F32: stored.num_elements }, bytes: 4 * stored.num_elements });
    // It may open the files twice, never read their numbers.
    expect(read).toBeLessThanOrEqual(size - 2 * stored.bytes);
  });

  test('says how the numbers are stored, and counts tied ones once', async () => {
    const info = await modelInfo(goldenFolder('loading/bert_bfloat16'));
    expect(info).toMatchObject({ model_type: 'bert', is_known_family: true, architecture: 'BertForMaskedLM' });
    expect(info.stored.dtypes).toEqual({ BF16: info.stored.num_elements });
    expect(info.stored.bytes).toBe(2 * info.stored.num_elements);
    const sizes = info.parameters?.map(({ shape }) => shape.reduce((n, size) => n * size, 1)) ?? [];
    expect(info.num_parameters).toBe(sizes.reduce((a, b) => a + b));
    const { embeddings, without_embeddings: rest, trained } = info.parameter_counts ?? {};
    expect(embeddings).toBe((70 + 40 + 2) * 24);
    expect([Number(embeddings) + Number(rest), trained]).toEqual([info.num_parameters, info.num_parameters]);
  });

  test('lists fields of config.json that nothing knows, and those that affect nothing', async () => {
    const folder = await changed('loading/bert_base_no_prefix', { vendor_note: 'x', use_cache: true });
    const info = await modelInfo(folder);
    expect(info.unknown_fields).toEqual(['vendor_note']);
    expect(info.neutral_fields).toContain('use_cache');
  });

  test('says which weights the class has and the files lack, and which it does not read', async () => {
    const folder = await changed('loading/bert_base_no_prefix', { architectures: ['BertForSequenceClassification'] });
    const { differences } = await modelInfo(folder);
    expect(differences).toMatchObject({ missing: ['classifier.weight', 'classifier.bias'], unexpected: [] });
  });

  test('of a family that Heddle does not have lists the tensors, types and numbers of the files', async () => {
    const foreign = { model_type: 'gptj', architectures: ['GPTJForCausalLM'] };
    const info = await modelInfo(await changed('loading/gpt2_hub_layout', foreign));
    expect(info).toMatchObject({ model_type: 'gptj', is_known_family: false, architecture: 'GPTJForCausalLM' });
    expect(info).toMatchObject({ parameters: null, cost: null, differences: null, num_parameters: 17_666 });
    expect(info.stored.tensors).toContainEqual({ name: 'wte.weight', shape: [60, 24], dtype: 'F32' });
    expect(info.config).toMatchObject({ n_layer: 2 });
  });

  test('takes the license from the model card, and none from a card that is not YAML', async () => {
    const card = (front: string) => changed('loading/bert_base_no_prefix', {}, { 'README.md': `---\n${front}\n---\n` });
    expect(await modelInfo(await card('license: apache-2.0'))).toMatchObject({ license: 'apache-2.0' });
    expect(await modelInfo(await card('license: [: -'))).toMatchObject({ license: null });
    expect(await modelInfo(goldenFolder('loading/bert_base_no_prefix'))).toMatchObject({ license: null });
  });

  test.each([
    [{ length: 0 }, /info: length: expected a whole number above 0, got 0/],
    [{ batch: 1.5 }, /info: batch: expected a whole number above 0, got 1\.5/],
    [{ length: 41 }, /info: length: expected at most max_position_embeddings = 40, got 41/],
  ])('refuses the size %j', async (size, message) => {
    await expect(modelInfo(goldenFolder('loading/bert_bfloat16'), size)).rejects.toThrow(message);
  });
});

test('a tree shows layers that hold the same tensors once, and a layer that differs by itself', () => {
  const layer = (at: number, width = 2) => [
    { name: `e.layer.${at}.a.weight`, shape: [width, 2] },
    { name: `e.layer.${at}.a.bias`, shape: [width] },
    { name: `e.layer.${at}.b`, shape: [] },
  ];
  expect(parameterTree([...layer(0), ...layer(1), ...layer(2, 3), { name: 'e.w', shape: [1] }])).toEqual([
    'e',
    '  layer',
    '    0 … 1  (2 ×)',
    '      a  weight [2, 2], bias [2]',
    '      b  []',
    '    2',
    '      a  weight [3, 2], bias [3]',
    '      b  []',
    '  w  [1]',
  ]);
});
