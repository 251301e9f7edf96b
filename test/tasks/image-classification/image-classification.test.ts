/** Classifiers of images: data, training from a folder, predictions. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../src/models/families/check-config.ts';
import { saveModelFiles } from '../../../src/models/folder/save.ts';
import { pipeline } from '../../../src/tasks/index.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { parseSafetensors, writeSafetensors } from '../../../src/weights/safetensors.ts';
import { float32Data, type Tensor } from '../../../src/weights/tensor.ts';
import { joined } from '../../fuzz/model-seed.ts';
import { tinyParameters } from '../../models/tiny-marian.ts';
import { brightImages, eachImage, idx, imageSample, imageSize } from '../image-sample.ts';
import { SmallRun, unvalidated } from '../small-run.ts';

const test8 = brightImages(8, 3);
const shape = [8, 1, imageSize, imageSize];
const labels = { dtype: 'I64', shape: [8], data: BigInt64Array.from(test8.labels, BigInt) } as const;

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(imageSample);
  await run.train('model', ['train.max_steps=40', 'train.learning_rate=0.01', 'train.eval_steps=40']);
});
afterAll(() => run.remove());

const alone = [...unvalidated, 'data.test=null', 'train.max_steps=1'];
const safetensors = (tensors: Readonly<Record<string, Tensor>>) => writeSafetensors(new Map(Object.entries(tensors)));

test('learns which side of an image is brighter', async () => {
  const { eval_accuracy } = await run.json('model', 'eval_results.json');
  expect(eval_accuracy).toBeGreaterThan(0.9);
});

describe('a safetensors file', () => {
  test('of bytes scores as IDX files do', async () => {
    const pixel_values = { dtype: 'U8', shape, data: test8.pixels } as const;
    await run.write('data/test.safetensors', safetensors({ pixel_values, labels }));
    const [one, two] = await Promise.all(
      [[run.at('data/test.safetensors')], imageSample.test.map((file) => run.at('data', file))].map(async (data) => {
        const { metrics } = await evaluateFiles(run.at('model'), { data, settings: [] });
        return { ...metrics, eval_runtime: 0 };
      }),
    );
    expect(one).toEqual(two);
  });

  test('of floats must say whether they are scaled already', async () => {
    const pixel_values = { dtype: 'F32', shape, data: Float32Array.from(test8.pixels, (x) => x / 255) } as const;
    await run.write('data/floats.safetensors', safetensors({ pixel_values, labels }));
    const floats = ['data.train={ file: floats.safetensors }', ...alone];
    await expect(run.train('floats', floats)).rejects.toThrow(
      /image_processor\.do_rescale: expected true or false, because pixels are floats/,
    );
    await run.train('floats', [...floats, 'image_processor={ do_rescale: false }']);
    expect(await run.json('floats', 'preprocessor_config.json')).toMatchObject({
      do_rescale: false,
      image_mean: [0.5],
    });
  });

  test('with several labels an image trains a classifier of several', async () => {
    const pixel_values = { dtype: 'U8', shape, data: test8.pixels } as const;
    const several = { dtype: 'F32', shape: [8, 3], data: Float32Array.from({ length: 24 }, (_, i) => i % 2) } as const;
    await run.write('data/several.safetensors', safetensors({ pixel_values, labels: several }));
    const settings = ['data.train={ file: several.safetensors }', 'model.problem_type=multi_label_classification'];
    await run.train('several', [...settings, 'data.label_names=[a, b, c]', ...alone]);
    const { id2label, problem_type } = await run.json('several', 'config.json');
    expect({ id2label, problem_type }).toEqual({
      id2label: { 0: 'a', 1: 'b', 2: 'c' },
      problem_type: 'multi_label_classification',
    });
  });
});

describe('data are refused', () => {
  const train = (entry: string) => run.train('refused', [`data.train=${entry}`, ...alone]);

  test('with more images than labels', async () => {
    await run.write('data/few', idx([7], test8.labels.slice(0, 7)));
    await expect(train('{ images: test-images-idx3-ubyte, labels: few }')).rejects.toThrow(
      /few: expected 8 labels, one per image of .*test-images-idx3-ubyte, got 7$/,
    );
  });

  test('with a label that has no name', async () => {
    await run.write('data/high', idx([8], Uint8Array.of(0, 1, 0, 1, 2, 0, 0, 1)));
    await expect(train('{ images: test-images-idx3-ubyte, labels: high }')).rejects.toThrow(
      /high: labels: expected the number of a label, 0 … 1, got 2, at image 4$/,
    );
  });

  test('with a number as label that no list of labels reaches', async () => {
    const pixel_values = { dtype: 'U8', shape, data: test8.pixels } as const;
    const far = {
      dtype: 'I64',
      shape: [8],
      data: BigInt64Array.from([0, 1, 0, 1, 10n ** 12n, 0, 0, 1], BigInt),
    } as const;
    const half = { dtype: 'F32', shape: [8], data: Float32Array.of(0, 1, 0, 1, 0, Number.NaN, 0, 1) } as const;
    for (const [name, labels, got] of [
      ['far', far, '1000000000000, at image 4'],
      ['half', half, 'NaN, at image 5'],
    ] as const) {
      await run.write(`data/${name}.safetensors`, safetensors({ pixel_values, labels }));
      await expect(
        run.train('refused', [`data.train={ file: ${name}.safetensors }`, 'data.label_names=null', ...alone]),
      ).rejects.toThrow(`${name}.safetensors: labels: expected the number of a label, 0 … 65535, got ${got}`);
    }
  });

  test('with pixels that are no finite numbers', async () => {
    const data = Float32Array.from(test8.pixels, (x, i) => (i === 130 ? Number.NaN : x));
    await run.write('data/nan.safetensors', safetensors({ pixel_values: { dtype: 'F32', shape, data }, labels }));
    const settings = ['image_processor={ do_rescale: true }', ...alone];
    await expect(run.train('refused', ['data.train={ file: nan.safetensors }', ...settings])).rejects.toThrow(
      /nan\.safetensors: pixel_values: expected finite numbers, got NaN, at image 2$/,
    );
  });

  test('with images of another size than those to train on', async () => {
    await run.write('data/flat', idx([8, 4, 16], test8.pixels));
    await expect(
      run.train('refused', ['data.validation={ images: flat, labels: test-labels-idx1-ubyte }']),
    ).rejects.toThrow(/flat: expected images of 1 × 8 × 8 bytes, as in .*, got 1 × 4 × 16 bytes$/);
  });

  test('that are no IDX file, or have another length', async () => {
    await run.write('data/text', 'hello, this is text');
    await expect(train('{ images: text, labels: test-labels-idx1-ubyte }')).rejects.toThrow(
      /text: expected an IDX file \(bytes 00 00 08 …\), got 68 65 6c 6c, at byte 0$/,
    );
    await run.write('data/short', idx([8, 8, 8], test8.pixels.slice(1)));
    await expect(train('{ images: short, labels: test-labels-idx1-ubyte }')).rejects.toThrow(
      /short: expected 512 bytes for \[8, 8, 8\], got 511$/,
    );
  });

  test('when patches do not divide them', () =>
    expect(run.train('refused', ['model.patch_size=3', ...alone])).rejects.toThrow(
      /patch_size: expected a divisor of image_size 8 × 8, got 3/,
    ));

  test('of an evaluation without labels', () =>
    expect(
      evaluateFiles(run.at('model'), { data: [run.at('data/test-images-idx3-ubyte')], settings: [] }),
    ).rejects.toThrow('evaluate --data: expected IMAGES and LABELS, two IDX files, or one safetensors file'));
});

describe('a model that starts from a folder', () => {
  test('keeps its image processor and its labels', async () => {
    const base = [`model={ model_name_or_path: ${run.at('model')} }`, 'data.label_names=null'];
    await run.train('started', [...base, 'image_processor={ image_mean: [0.25] }', ...alone]);
    const before = await run.json('model', 'preprocessor_config.json');
    expect(await run.json('started', 'preprocessor_config.json')).toEqual({ ...before, image_mean: [0.25] });
    expect((await run.json('started', 'config.json')).id2label).toEqual({ 0: 'left', 1: 'right' });
  });

  test('of a class with a teacher is refused: it has no loss, in Transformers either', async () => {
    const fields = {
      ...{ model_type: 'deit', architectures: ['DeiTForImageClassificationWithTeacher'] },
      ...{ hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32 },
      ...{
        image_size: imageSize,
        patch_size: 4,
        num_channels: 1,
        id2label: { 0: 'left', 1: 'right' },
        label2id: { left: 0, right: 1 },
      },
    };
    const setup = checkConfig(fields, 'config.json');
    for (const [name, content] of saveModelFiles(setup, tinyParameters(setup))) {
      await run.write(`taught/${name}`, joined(content));
    }
    await run.write('taught/preprocessor_config.json', await readFile(run.at('model/preprocessor_config.json')));
    const base = [`model={ model_name_or_path: ${run.at('taught')} }`, 'data.label_names=null', ...alone];
    await expect(run.train('refused', base)).rejects.toThrow(
      /taught: expected a class with a loss, got DeiTForImageClassificationWithTeacher; to start from its encoder, name another class in "architectures" of its config\.json$/,
    );
    const config = await run.json('taught', 'config.json');
    await run.write('taught/config.json', JSON.stringify({ ...config, architectures: ['DeiTForImageClassification'] }));
    await run.train('untaught', base);
    expect((await run.json('untaught', 'config.json')).architectures).toEqual(['DeiTForImageClassification']);
  });

  test('refuses images of another size, and says what to do', async () => {
    await run.write('data/wide', idx([8, 4, 16], test8.pixels));
    await run.write('data/odd', idx([8, 2, 32], test8.pixels));
    const settings = [`model={ model_name_or_path: ${run.at('model')} }`, ...alone];
    const train = (images: string) =>
      run.train('refused', [`data.train={ images: ${images}, labels: test-labels-idx1-ubyte }`, ...settings]);
    await expect(train('wide')).rejects.toThrow(
      /model: expected images of 1 × 8 × 8, the size that it reads, got 1 × 4 × 16; to train at their size, set model\.image_size to \[4,16\]: the learned positions are then resized$/,
    );
    await expect(train('odd')).rejects.toThrow(
      /got 1 × 2 × 32; resize them: its patches of 4 × 4 pixels do not cover them$/,
    );
  });

  test('with another image_size resizes the positions once, says so, and saves a model of that size', async () => {
    await run.write('data/wide', idx([8, 4, 16], test8.pixels));
    const settings = [
      `model={ model_name_or_path: ${run.at('model')}, image_size: [4, 16] }`,
      'data.train={ images: wide, labels: test-labels-idx1-ubyte }',
      ...[...alone, 'train.learning_rate=1e-12'],
    ];
    const notes: string[] = [];
    await run.train('wide', settings, { say: (note) => void notes.push(note) });
    const name = 'vit.embeddings.position_embeddings';
    expect(notes).toContain(`${run.at('model')}: resized weights: ${name} [1, 5, 16] → [1, 5, 16]`);
    expect((await run.json('wide', 'config.json')).image_size).toEqual([4, 16]);
    expect((await run.json('wide', 'preprocessor_config.json')).size).toEqual({ height: 4, width: 16 });
    const positionsOf = async (model: string) => {
      const { tensors } = parseSafetensors(await readFile(run.at(model, 'model.safetensors')), model);
      return [...float32Data(tensors.get(name) ?? expect.fail(), name)];
    };
    const [before, after] = [await positionsOf('model'), await positionsOf('wide')];
    const moved = after.map((x, at) => Math.abs(x - (before[at] ?? 0)));
    expect(Math.max(...moved.slice(0, 16))).toBeLessThan(1e-6);
    expect(Math.max(...moved.slice(16))).toBeGreaterThan(1e-3);
    await run.train('wide', [...settings, 'train.max_steps=2'], { resume: true });
    expect((await run.json('wide', 'preprocessor_config.json')).size).toEqual({ height: 4, width: 16 });
  });

  test('keeps the size to resize to, beyond that of the crop, when image_size is the same in two numbers', async () => {
    for (const file of ['config.json', 'model.safetensors', 'heddle.json']) {
      await run.write(`cropped/${file}`, await readFile(run.at('model', file)));
    }
    // As DeiT's: images are resized to 256 × 256 and cropped to 224 × 224.
    const sizes = { size: { height: 10, width: 10 }, crop_size: { height: 8, width: 8 }, do_center_crop: true };
    const read = await run.json('model', 'preprocessor_config.json');
    await run.write('cropped/preprocessor_config.json', JSON.stringify({ ...read, ...sizes }));
    const train = async (out: string, size: string, images: string) => {
      const data = `data.train={ images: ${images}, labels: test-labels-idx1-ubyte }`;
      const model = `model={ model_name_or_path: ${run.at('cropped')}, image_size: ${size} }`;
      await run.train(out, [model, data, ...alone]);
      return run.json(out, 'preprocessor_config.json');
    };
    expect(await train('same', '[8, 8]', 'test-images-idx3-ubyte')).toMatchObject(sizes);
    const other = { height: 4, width: 16 };
    await run.write('data/wide', idx([8, 4, 16], test8.pixels));
    expect(await train('other', '[4, 16]', 'wide')).toMatchObject({ size: other, crop_size: other });
  });
});

test('predict reads the images of a file', async () => {
  let text = '';
  await predictLines(run.at('model'), {
    json: false,
    settings: [],
    input: run.at('data/test-images-idx3-ubyte'),
    stdin: (async function* () {})(),
    print: async (more) => void (text += more),
    note: (line) => expect.fail(line),
  });
  expect(text).toBe([...test8.labels].map((label) => `${label === 1 ? 'right' : 'left'}\n`).join(''));
});

test('predict reads an image of more numbers than a call may have arguments', async () => {
  const wide = new Array<number>(3 * 224 * 224).fill(7);
  const predicted = predictLines(run.at('model'), {
    json: false,
    settings: [],
    stdin: (async function* () {
      yield new TextEncoder().encode(`${JSON.stringify(wide)}\n`);
    })(),
    print: async () => {},
    note: (line) => expect.fail(line),
  });
  await expect(predicted).rejects.toThrow('expected 64 numbers, an image [1, 8, 8], got 150528');
});

describe('the pipeline', () => {
  const data = eachImage(test8)[0]!;
  const dims = [1, imageSize, imageSize];
  const open = () => pipeline('image-classification', run.at('model'));

  test('reads tensors, lists and batches of them, and images of transformers.js alike', async () => {
    const classify = await open();
    const alone = await classify({ data, dims });
    expect(alone).toHaveLength(2);
    expect(await classify([{ data, dims }])).toEqual([alone]);
    expect(await classify({ data: Float32Array.from(data), dims: [1, ...dims] })).toEqual([alone]);
    const raw = { data: Uint8ClampedArray.from(data), width: imageSize, height: imageSize, channels: 1 };
    expect(await classify(raw)).toEqual(alone);
    expect(await classify({ data, dims }, { top_k: 1 })).toEqual([(alone as object[])[0]]);
    await classify.dispose();
  });

  test('two hundred calls at once give what the calls give one after the other', async () => {
    const classify = await open();
    const images = Array.from({ length: 200 }, (_, at) => ({ data: data.map((x) => (x + at) % 256), dims }));
    const together = await Promise.all(images.map((image) => classify(image, { top_k: null })));
    for (const at of [0, 3, 77, 199]) {
      const [{ label, score }] = (await classify(images[at]!, { top_k: null })) as { label: string; score: number }[];
      expect((together[at] as { label: string }[])[0]).toMatchObject({ label, score: expect.closeTo(score, 5) });
    }
    await classify.dispose();
  });

  test('refuses what is no image of its size', async () => {
    const classify = await open();
    const wrong = (given: unknown) => expect(classify(given as never)).rejects;
    await wrong({ data, dims: [1, 4, 16] }).toThrow(
      'image-classification: image 0: expected an image of 1 × 8 × 8 (channels × rows × columns), got 1 × 4 × 16',
    );
    await wrong({ data, dims: [8, 8] }).toThrow(/expected a tensor \[channels, rows, columns\] or .*, got \[8, 8\]$/);
    await wrong({ data: data.slice(1), dims }).toThrow('expected 64 numbers for [1, 8, 8], got 63');
    await wrong({ data: data.map(() => Number.NaN), dims }).toThrow('expected finite numbers, got NaN');
    await wrong('cat.png').toThrow(/expected a tensor \{ data, dims \} or an image .*, got string$/);
    await expect(classify({ data, dims }, { top_k: 0 })).rejects.toThrow('top_k: expected a whole number ≥ 1 or null');
    await classify.dispose();
  });

  test('takes no more images than its limits allow', async () => {
    const classify = await pipeline('image-classification', run.at('model'), { limits: { images: 1 } });
    await expect(
      classify([
        { data, dims },
        { data, dims },
      ]),
    ).rejects.toThrow('expected at most 1 images, got 2');
    await classify.dispose();
  });
});
