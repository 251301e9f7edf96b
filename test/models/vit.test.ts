/** What ViT and DeiT read, refuse and interpolate. */
import { describe, expect, test } from 'vitest';
import type { Content } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { loadModel, openModel } from '../../src/models/folder/load.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { forward } from '../../src/models/forward.ts';
import { bicubicMatrix } from '../../src/models/inputs/bicubic.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from './folder.ts';
import { goldenFolder, largestDifference, readTensors, withPrefix } from './golden.ts';

const backend = nodeBackend();
const flag = (value: number): Tensor => ({ dtype: 'I32', shape: [], data: Int32Array.of(value) });
const image = (...shape: number[]): Tensor =>
  float32Tensor(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
  );

const small = {
  ...{ model_type: 'vit', hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8 },
  ...{ image_size: 8, patch_size: 4, num_channels: 1 },
};

describe('an image of another size than the model’s', () => {
  const run = async (given: Readonly<Record<string, Tensor>>) =>
    forward(await loadModel(goldenFolder('models/vit_cls')), new Map(Object.entries(given)), backend);

  test('is refused, with the option that allows it', () =>
    expect(run({ pixel_values: image(1, 3, 30, 25) })).rejects.toThrow(
      'inputs pixel_values: expected 20 × 20 pixels (image_size), got 30 × 25; set interpolate_pos_encoding to use other sizes',
    ));

  test('is read if positions are interpolated', async () => {
    const results = await run({ pixel_values: image(2, 3, 5, 40), interpolate_pos_encoding: flag(1) });
    expect(results.get('hidden_states.0')?.shape).toEqual([2, 1 + 1 * 8, 32]);
  });

  test('is refused if patches do not cover it', () =>
    expect(run({ pixel_values: image(1, 3, 21, 20), interpolate_pos_encoding: flag(1) })).rejects.toThrow(
      'inputs pixel_values: expected a multiple of the patch size 5 × 5, got 21 × 20',
    ));

  test('is refused if it has other channels', () =>
    expect(run({ pixel_values: image(1, 1, 20, 20) })).rejects.toThrow(
      /inputs pixel_values: expected shape \[batch, 3, .*\], got \[1, 1, 20, 20\]/,
    ));

  test('of the model’s own size interpolation changes nothing, bit for bit', async () => {
    const pixel_values = image(1, 3, 20, 20);
    const plain = await run({ pixel_values });
    expect(await run({ pixel_values, interpolate_pos_encoding: flag(1) })).toEqual(plain);
  });
});

test.each(['vit_model', 'vit_cls', 'deit_model', 'deit_cls', 'deit_teacher'])(
  '%s with another image_size computes what Transformers interpolates in every pass',
  async (name) => {
    const folder = goldenFolder(`models/${name}`);
    const cases = withPrefix(await readTensors(folder, 'cases.safetensors'), 'bigger_image/');
    const pixel_values = cases.get('in/pixel_values') ?? expect.fail();
    const loaded = await loadModel(folder, { fields: { image_size: pixel_values.shape.slice(2) } });
    expect(loaded.report.resized).toMatchObject([{ name: expect.stringMatching(/embeddings\.position_embeddings$/) }]);
    const results = await forward(loaded, new Map([['pixel_values', pixel_values]]), backend);
    for (const [output, expected] of withPrefix(cases, 'out/')) {
      expect(largestDifference(results.get(output) ?? expect.fail(output), expected, output)).toBeLessThan(2e-5);
    }
  },
);

test.each([
  ['image_size', 23, 20],
  ['image_size', 'wide', [20, 20]],
  ['problem_type', 'none', 'single_label_classification'],
])('a folder whose %s is %o opens when a field replaces it, and its positions stay', async (name, wrong, right) => {
  const golden = goldenFolder('models/vit_cls');
  const loaded = await loadModel(golden);
  const files = new Map<string, Content>(saveModelFiles(loaded, loaded.parameters));
  const config = JSON.parse(String(files.get('config.json')));
  const folder = memoryFolder(files.set('config.json', JSON.stringify({ ...config, [name]: wrong })));
  await expect(loadModel(folder)).rejects.toThrow(name);
  const { report, parameters } = await loadModel(folder, { fields: { [name]: right } });
  expect(report.resized).toEqual([]);
  expect(parameters).toEqual(loaded.parameters);
});

test('a resizing matrix is the identity for an equal size, and its rows sum to 1', () => {
  expect([...bicubicMatrix(3, 3)].map((x) => x + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  for (const [from, to] of [
    [4, 7],
    [14, 3],
    [1, 5],
  ] as const) {
    const matrix = bicubicMatrix(from, to);
    for (let row = 0; row < to; row++) {
      const sum = matrix.slice(row * from, (row + 1) * from).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 6);
    }
  }
});

describe('a configuration', () => {
  const read = (fields: object) => checkConfig({ ...small, ...fields }, 'config.json');

  test('must have patches that divide its images', () =>
    expect(() => read({ patch_size: 3 })).toThrow('patch_size: expected a divisor of image_size 8 × 8, got 3'));

  test('must have heads that divide its width', () =>
    expect(() => read({ num_attention_heads: 3 })).toThrow(
      'num_attention_heads: expected a divisor of hidden_size 8, got 3',
    ));

  test('without biases of queries, keys and values has one after attention', () => {
    const names = [...modelParameters(read({ qkv_bias: false })).keys()];
    expect(names.filter((name) => /layer\.0\.attention.*bias/.test(name))).toEqual([
      'encoder.layer.0.attention.output.dense.bias',
    ]);
  });
});

describe('a checkpoint', () => {
  test('of masked images starts a classifier: its mask token, decoder and pooler are unused', async () => {
    const folder = goldenFolder('models/vit_cls');
    const loaded = await loadModel(folder);
    const files = new Map<string, Content>(saveModelFiles(loaded, loaded.parameters));
    const tensors = new Map(await readTensors(folder, 'model.safetensors'));
    tensors.set('vit.embeddings.mask_token', image(1, 1, 32));
    tensors.set('vit.pooler.dense.weight', image(32, 32));
    tensors.set('decoder.0.weight', image(75, 32, 1, 1));
    const made = memoryFolder(files.set('model.safetensors', writeSafetensors(tensors)));
    const { report, close } = await openModel(made);
    await close();
    expect([...report.unexpected].sort()).toEqual([
      'decoder.0.weight',
      'vit.embeddings.mask_token',
      'vit.pooler.dense.weight',
    ]);
  });

  test('of a body alone becomes a classifier with a new head', async () => {
    const { report, architecture, close } = await openModel(goldenFolder('models/vit_model'), {
      role: 'image-classification',
      fields: { num_labels: 2 },
      allowsNewHead: true,
    });
    await close();
    expect(architecture).toBe('ViTForImageClassification');
    expect(report.missing).toEqual(['classifier.weight', 'classifier.bias']);
  });
});
