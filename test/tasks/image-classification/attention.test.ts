/** Where models of images look. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attentionTensors } from '../../../src/tasks/attention/attention-document.ts';
import { attentionExamples, loadModel, pipeline } from '../../../src/tasks/index.ts';
import { writeAttentionPage } from '../../../src/tasks/verbs/attention-file.ts';
import { parseSafetensors, writeSafetensors } from '../../../src/weights/safetensors.ts';
import { float32Data, float32Tensor } from '../../../src/weights/tensor.ts';
import { drawFloats } from '../../ops/draw.ts';
import { temporaryFolder, writeSmallModel } from '../model-folder.ts';

const golden = (name: string): string => fileURLToPath(new URL(`../../golden/models/${name}`, import.meta.url));
/** What happens to the pixels of so many channels. */
const processorOf = (channels: number) => ({
  do_rescale: true,
  image_mean: [0.5, 0.4, 0.3].slice(0, channels),
  image_std: 0.25,
});
const processor = processorOf(3);
const tokensOf: Readonly<Record<string, readonly string[]>> = {
  vit: ['class token'],
  deit: ['class token', 'distillation token'],
};

/** An image for a model, bytes. */
const pixelsFor = (name: string, count: number): Uint8Array =>
  Uint8Array.from(drawFloats(name, count), (x) => Math.min(255, Math.max(0, Math.round(128 + 60 * x))));

const pair = (size: number | [number, number]): [number, number] => (typeof size === 'number' ? [size, size] : size);

/** The images of a golden model. */
async function formOf(name: string) {
  const config = JSON.parse(await readFile(join(golden(name), 'config.json'), 'utf8'));
  const { image_size, patch_size, num_channels: channels } = config;
  const [size, patch] = [pair(image_size), pair(patch_size)];
  const dims = [channels, ...size];
  const data = pixelsFor(name, channels * size[0] * size[1]);
  const grid = [size[0] / patch[0], size[1] / patch[1]] as const;
  return { config, channels, size, grid, image: { data, dims }, processor: processorOf(channels) };
}

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** A golden model with its image processor. */
async function complete(name: string): Promise<string> {
  const at = join(folder, name);
  await cp(golden(name), at, { recursive: true });
  await writeFile(
    join(at, 'preprocessor_config.json'),
    JSON.stringify({ ...(await formOf(name)).processor, do_resize: true }),
  );
  return at;
}

describe.each(['vit_cls', 'vit_model', 'vit_no_qkv_bias', 'deit_cls', 'deit_model', 'deit_teacher'])('%s', (name) => {
  test('shows the attention of a pass over the image that it reads', async () => {
    const { config, size, grid, image, processor } = await formOf(name);
    const { model_type, num_hidden_layers: layers } = config;
    const { data, dims } = image;
    const model = await loadModel(golden(name));
    try {
      const [example, ...others] = await attentionExamples({ model, processor }, image);
      if (!example) throw new Error('expected an example');
      expect(others).toEqual([]);
      const read = Float32Array.from(data, (byte, at) => {
        const channel = Math.floor(at / (size[0] * size[1]));
        return (byte / 255 - (processor.image_mean[channel] ?? 0)) / processor.image_std;
      });
      const results = await model.forward(new Map([['pixel_values', float32Tensor([1, ...dims], read)]]));
      const [map, ...more] = example.maps;
      expect([map?.kind, more, map?.layers.length]).toEqual(['attentions', [], layers]);
      for (let layer = 0; layer < layers; layer++) {
        const expected = results.get(`attentions.${layer}`);
        if (!expected || !map) throw new Error('expected attentions');
        const shown = map.layers[layer]?.flat().flatMap((row) => [...row]) ?? [];
        const all = float32Data(expected, 'attentions');
        expect(shown).toHaveLength(all.length);
        shown.forEach((weight, at) => expect(weight).toBeCloseTo(all[at] ?? Number.NaN, 5));
      }
      const patches = Array.from(
        { length: grid[0] * grid[1] },
        (_, at) => `row ${Math.floor(at / grid[1]) + 1}, column ${(at % grid[1]) + 1}`,
      );
      expect(map?.query).toEqual({ tokens: [...(tokensOf[model_type] ?? []), ...patches], grid });
      expect(map?.key).toEqual(map?.query);
      expect(example.picture?.size).toEqual(size);
      expect(Array.from(example.picture?.pixels ?? [], Math.round)).toEqual([...data]);
      const { tensors, metadata } = attentionTensors([example]);
      expect(tensors.get(`images.0.attentions.${layers - 1}`)?.shape).toEqual(
        results.get(`attentions.${layers - 1}`)?.shape.slice(1),
      );
      expect(JSON.parse(metadata['images.0.attentions.key'] ?? '')).toEqual(map?.key.tokens);
    } finally {
      await model.dispose();
    }
  });

  test('says what the pipeline says, or nothing without a head', async () => {
    const at = await complete(name);
    const { config, image, processor } = await formOf(name);
    const model = await loadModel(at);
    const [example] = await attentionExamples({ model, processor }, [image], { references: ['LABEL_1'] });
    await model.dispose();
    expect(example?.reference).toBe('LABEL_1');
    if (/Model$/.test(config.architectures[0])) {
      expect([example?.output, example?.scores]).toEqual([undefined, undefined]);
      return;
    }
    const classify = await pipeline('image-classification', at);
    const labels = (await classify([image], { top_k: null }))[0] ?? [];
    await classify.dispose();
    const isMulti = config.problem_type === 'multi_label_classification';
    const likely = isMulti ? labels.filter(({ score }) => score >= 0.5) : labels.slice(0, 1);
    expect(example?.output).toBe(likely.map(({ label }) => label).join(', '));
    expect(example?.scores?.map(({ label }) => label)).toEqual(labels.map(({ label }) => label));
    example?.scores?.forEach(({ score }, i) => expect(score).toBeCloseTo(labels[i]?.score ?? Number.NaN, 4));
  });
});

describe('a page of a file of images', () => {
  const size = 20;
  const each = 3 * size * size;
  const images = pixelsFor('file', 3 * each);
  let [model, file] = ['', ''];
  const page = (options: Parameters<typeof writeAttentionPage>[2], of = model) =>
    writeAttentionPage(of, join(folder, 'page.html'), options);
  beforeAll(async () => {
    model = await complete('vit_cls');
    file = join(folder, 'images.safetensors');
    const pixel_values = { dtype: 'U8', shape: [3, 3, size, size], data: images } as const;
    await writeFile(file, writeSafetensors(new Map([['pixel_values', pixel_values]])));
  });

  test('shows the first, or those that are asked for, and writes all their weights', async () => {
    const weights = join(folder, 'weights.safetensors');
    await page({ image: file, indices: [2, 0], weights });
    const text = await readFile(join(folder, 'page.html'), 'utf8');
    expect([...text.matchAll(/class="input">([^<]*)/g)].map(([, name]) => name)).toEqual(['image 2', 'image 0']);
    expect(text).toMatch(/ViTForImageClassification|vit model/);
    const { tensors } = parseSafetensors(new Uint8Array(await readFile(weights)), weights);
    expect([...tensors.keys()].sort()).toEqual(
      [0, 1].flatMap((image) => [0, 1].map((layer) => `images.${image}.attentions.${layer}`)),
    );
    const loaded = await loadModel(model);
    const data = images.subarray(2 * each);
    const [example] = await attentionExamples({ model: loaded, processor }, { data, dims: [3, size, size] });
    await loaded.dispose();
    const shown = example?.maps[0]?.layers[1]?.flat().flatMap((row) => [...row]);
    expect([...float32Data(tensors.get('images.0.attentions.1') as never, 'weights')]).toEqual(shown);
    await page({ image: file });
    expect(await readFile(join(folder, 'page.html'), 'utf8')).toContain('class="input">image 0<');
  });

  test.each([
    ['a text', { texts: ['a'] }, 'inspect --text: not used by a classifier of images; give it --image'],
    [
      'a second text',
      { image: 'x', text_pairs: ['a'] },
      'inspect --text_pair: not used by a classifier of images; remove it',
    ],
    ['a target', { image: 'x', targets: ['a'] }, 'inspect --target: not used by a classifier of images; remove it'],
    ['words', { image: 'x', words: true }, 'inspect --words: not used by a classifier of images; remove it'],
    [
      'patterns of a tokenizer',
      { image: 'x', allow_unsafe_patterns: true },
      'inspect --allow-unsafe-patterns: not used by a classifier of images; remove it',
    ],
    ['nothing', {}, 'inspect: expected --image for a classifier of images, got none'],
    [
      'the number of an image alone',
      { indices: [0] },
      'inspect: expected --image for a classifier of images, got none',
    ],
  ])('is refused with %s', (_, options, message) => expect(page(options)).rejects.toThrow(message));

  test('is refused for an image that the file lacks, of another size, or for a file that is none', async () => {
    await expect(page({ image: file, indices: [3] })).rejects.toThrow(
      `inspect --index: expected 0 … 2, an image of ${file}, got 3`,
    );
    const deit = await complete('deit_teacher');
    await expect(page({ image: file }, deit)).rejects.toThrow(
      `${file}: expected an image of 3 × 8 × 8 (channels × rows × columns), got 3 × 20 × 20`,
    );
    await expect(page({ image: join(folder, 'none') })).rejects.toThrow(/none: .*no such file/);
    await expect(page({ image: file }, golden('vit_cls'))).rejects.toThrow(/preprocessor_config\.json/);
  });

  test('is refused for a model that reads texts', async () => {
    const writer = await writeSmallModel(join(folder, 'writer'));
    await expect(page({ image: file }, writer)).rejects.toThrow(
      'inspect --image: not used by an encoder–decoder; give it --text',
    );
    await expect(page({ texts: ['a'], indices: [0] }, writer)).rejects.toThrow(
      'inspect --index: not used by an encoder–decoder; remove it',
    );
    await expect(page({}, writer)).rejects.toThrow('inspect: expected --text for an encoder–decoder, got none');
  });
});

describe('attentionExamples refuses', () => {
  const image = { data: pixelsFor('wrong', 3 * 20 * 20), dims: [3, 20, 20] };

  test('options of texts, images of another size, and as many labels as there are not images', async () => {
    const model = await loadModel(golden('vit_cls'));
    const show = (given: unknown, options: object = {}) =>
      expect(attentionExamples({ model, processor }, given as never, options)).rejects;
    await show(image, { words: true }).toThrow('attentionExamples: unknown option "words"');
    await show({ ...image, dims: [3, 10, 40] }).toThrow('attentionExamples: image 0: expected an image of 3 × 20 × 20');
    await show(['a text']).toThrow(/attentionExamples: image 0: expected a tensor \{ data, dims \} or an image/);
    await show([image, image], { references: ['LABEL_0'] }).toThrow('expected as many references as images, 2, got 1');
    const wrong = { image_mean: [0, 0] };
    await expect(attentionExamples({ model, processor: wrong }, image)).rejects.toThrow(
      'attentionExamples: processor: image_mean: expected 3 numbers, one per channel, got 2',
    );
    await model.dispose();
  });

  test('images for a model of texts, and a model that is not loaded for it', async () => {
    const model = await loadModel(golden('bert_seqcls'));
    await expect(attentionExamples({ model, processor }, image)).rejects.toThrow(
      'expected a model that reads images, got a classifier of texts',
    );
    await model.dispose();
    const classify = await pipeline('image-classification', await complete('vit_cls'));
    await expect(attentionExamples(classify as never, image as never)).rejects.toThrow(
      'attentionExamples: model: expected the result of loadModel',
    );
    await classify.dispose();
  });
});

test('pixels that are scaled already are drawn as they are read', async () => {
  const model = await loadModel(golden('vit_cls'));
  const scaled = Float32Array.from({ length: 1200 }, (_, i) => ((i * 7919) % 256) / 255);
  const dims = [3, 20, 20];
  const draw = async (data: Float32Array) => {
    const [example] = await attentionExamples({ model, processor: { do_rescale: false } }, { data, dims });
    return Array.from(example?.picture?.pixels ?? [], Math.round);
  };
  expect(await draw(scaled)).toEqual(Array.from(scaled, (x) => Math.round(x * 255)));
  const normalised = scaled.map((x) => 2 * x - 1);
  const drawn = await draw(normalised);
  expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([0, 255]);
  await model.dispose();
});
