import { join } from 'node:path';
import { readIdx } from '../../data/read/idx.ts';
import { InputError } from '../../io/error.ts';
import { type ReadOptions, readFileBytes } from '../../io/file-bytes.ts';
import { itemAt } from '../../io/item-at.ts';
import { parseSafetensors } from '../../weights/safetensors.ts';
import type { Tensor } from '../../weights/tensor.ts';

/** Images and their labels: two IDX files, or a safetensors file. */
export type ImageEntry = { readonly images: string; readonly labels: string } | { readonly file: string };

/** Images of one size, channel by channel; 0 … 255 if they are bytes. */
export interface Images {
  readonly count: number;
  readonly channels: number;
  readonly size: readonly [rows: number, columns: number];
  /** [count, channels, rows, columns] */
  readonly pixels: Uint8Array | Float32Array;
  /** The file, for errors. */
  readonly file: string;
}

/** Images with labels. */
export interface LabelledImages extends Images {
  /** As they are stored: [count] or [count, labels]. */
  readonly labels: Tensor;
  readonly labelFile: string;
}

/** The name of the tensor of images, and that of labels. */
const names = { images: 'pixel_values', labels: 'labels' } as const;

/** Bytes or floats of a tensor; whole numbers of other types become floats. */
const pixelsOf = ({ data }: Tensor): Images['pixels'] =>
  data instanceof Uint8Array || data instanceof Float32Array ? data : Float32Array.from(data, Number);

/** @throws {InputError} for pixels that are no finite numbers. `count`: the number of images. */
function checkFinite(file: string, pixels: Images['pixels'], count: number): void {
  if (pixels instanceof Uint8Array) return;
  const at = pixels.findIndex((pixel) => !Number.isFinite(pixel));
  if (at < 0) return;
  const image = Math.floor(at / (pixels.length / count));
  throw new InputError(
    `${file}: ${names.images}: expected finite numbers, got ${itemAt(pixels, at, 'a pixel')}, at image ${image}`,
  );
}

/** @throws {InputError} when a shape is not that of images, with or without an axis of channels, or a pixel is not finite. */
function imagesOf(file: string, tensor: Pick<Tensor, 'shape'>, pixels: Images['pixels']): Images {
  const { shape } = tensor;
  const [count = 0, channels = 0, rows = 0, columns = 0] =
    shape.length === 3 ? [shape[0], 1, ...shape.slice(1)] : shape;
  if ((shape.length === 3 || shape.length === 4) && !shape.includes(0)) {
    checkFinite(file, pixels, count);
    return { count, channels, size: [rows, columns], pixels, file };
  }
  throw new InputError(
    `${file}: expected images [count, channels, rows, columns] or [count, rows, columns], got [${shape.join(', ')}]`,
  );
}

/** @throws {InputError} when a file of tensors lacks one. */
function tensorIn(tensors: ReadonlyMap<string, Tensor>, name: string, file: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor) return tensor;
  throw new InputError(`${file}: expected a tensor ${name}, got ${[...tensors.keys()].join(', ') || 'none'}`);
}

const tensorForm = { kind: 'safetensors', content: 'a safetensors file' };

async function readTensors(file: string): Promise<ReadonlyMap<string, Tensor>> {
  return parseSafetensors(await readFileBytes(file, {}, tensorForm), file).tensors;
}

async function readTensorFile(file: string): Promise<LabelledImages> {
  const tensors = await readTensors(file);
  const images = tensorIn(tensors, names.images, file);
  return {
    ...imagesOf(file, images, pixelsOf(images)),
    labels: tensorIn(tensors, names.labels, file),
    labelFile: file,
  };
}

/** Images of an IDX file, [count, rows, columns]. */
async function readIdxImages(file: string, options: ReadOptions): Promise<Images> {
  const images = await readIdx(file, options);
  return imagesOf(file, images, images.data);
}

/**
 * Reads images and their labels: two IDX files, plain or gzip, as MNIST is stored; or a safetensors file with
 * `pixel_values` [count, channels, rows, columns] and `labels`.
 *
 * @throws {InputError} when a file cannot be read, or there are more or fewer labels than images.
 */
export async function readLabelledImages(
  root: string,
  entry: ImageEntry,
  options: ReadOptions = {},
): Promise<LabelledImages> {
  if ('file' in entry) return checkCount(await readTensorFile(join(root, entry.file)));
  const images = await readIdxImages(join(root, entry.images), options);
  const labelFile = join(root, entry.labels);
  const { shape, data } = await readIdx(labelFile, options);
  return checkCount({ ...images, labels: { dtype: 'U8', shape, data }, labelFile });
}

function checkCount(set: LabelledImages): LabelledImages {
  const [labels = 0] = set.labels.shape;
  if (labels === set.count) return set;
  throw new InputError(`${set.labelFile}: expected ${set.count} labels, one per image of ${set.file}, got ${labels}`);
}

/** Reads images alone, from an IDX file or a safetensors file. @throws {InputError} when the file cannot be read. */
export async function readImages(file: string): Promise<Images> {
  if (!isTensorFile(file)) return readIdxImages(file, {});
  const images = tensorIn(await readTensors(file), names.images, file);
  return imagesOf(file, images, pixelsOf(images));
}

/** Whether a file's name is that of a safetensors file. */
export const isTensorFile = (file: string): boolean => file.endsWith('.safetensors');

/** The pixels of each image. */
export const eachImage = ({ count, pixels }: Images): readonly (Uint8Array | Float32Array)[] => {
  const size = pixels.length / count;
  return Array.from({ length: count }, (_, i) => pixels.subarray(i * size, (i + 1) * size));
};
