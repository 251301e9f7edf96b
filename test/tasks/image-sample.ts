/** Small grey images that are brighter on one side, as IDX files. */
import { randomStream } from '../../src/data/batch/shuffle.ts';
import type { TaskSample } from './task-sample.ts';

/** Rows and columns of an image. */
export const imageSize = 8;

/** Images and their labels: 0 if the left half is brighter, 1 if the right half is. The same count and seed give the same. */
export function brightImages(count: number, seed: number) {
  const random = randomStream(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(2));
  const size = imageSize * imageSize;
  const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
    const isRight = i % imageSize >= imageSize / 2;
    return random.below(128) + (isRight === (labels[Math.floor(i / size)] === 1) ? 127 : 0);
  });
  return { labels, pixels };
}

/** The bytes of an IDX file. */
export function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  head.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, axis) => head.setUint32(4 + 4 * axis, size));
  return Uint8Array.of(...new Uint8Array(head.buffer), ...data);
}

/** Both files of a set, by the names of MNIST. */
export function idxFiles(
  name: string,
  { labels, pixels }: ReturnType<typeof brightImages>,
): Record<string, Uint8Array> {
  return {
    [`${name}-images-idx3-ubyte`]: idx([labels.length, imageSize, imageSize], pixels),
    [`${name}-labels-idx1-ubyte`]: idx([labels.length], labels),
  };
}

/** The pixels of each image. */
export const eachImage = ({ labels, pixels }: ReturnType<typeof brightImages>): number[][] =>
  Array.from(labels, (_, i) => [...pixels.slice(i * imageSize ** 2, (i + 1) * imageSize ** 2)]);

const train = brightImages(200, 1);
const test = brightImages(8, 3);
const entry = (name: string) => `{ images: ${name}-images-idx3-ubyte, labels: ${name}-labels-idx1-ubyte }`;

export const imageSample: TaskSample = {
  task: 'image-classification',
  image: 'test-images-idx3-ubyte',
  recipe: `task: image-classification
data:
  train: ${entry('train')}
  validation: ${entry('validation')}
  test: ${entry('test')}
  label_names: [left, right]
model:
  model_type: vit
  hidden_size: 16
  num_hidden_layers: 1
  num_attention_heads: 2
  intermediate_size: 32
  patch_size: 4
train:
  max_steps: 6
  max_tokens_per_batch: 256
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
`,
  files: {},
  binaries: {
    ...idxFiles('train', train),
    ...idxFiles('validation', brightImages(12, 2)),
    ...idxFiles('test', test),
  },
  parameters: 2658,
  changed: ['train-images-idx3-ubyte', idx([200, imageSize, imageSize], train.pixels.toReversed())],
  test: ['test-images-idx3-ubyte', 'test-labels-idx1-ubyte'],
  lines: eachImage(test).map((pixels) => JSON.stringify(pixels)),
  inputOf: (line) => ({ data: JSON.parse(line), dims: [1, imageSize, imageSize] }),
  refusesBlank: true,
  options: { top_k: null },
  reader: 'preprocessor_config.json',
  longNotes: null,
};
