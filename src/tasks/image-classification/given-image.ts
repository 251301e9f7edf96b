import { InputError } from '../../io/error.ts';
import { typeFound } from '../../io/found.ts';
import type { ImageForm } from '../../models/inputs/pixel-input.ts';

type Pixels = ArrayLike<number>;

/** A tensor of transformers.js or of one's own: an image [C, R, K], or several [B, C, R, K]. Row-major. */
export interface PixelTensor {
  readonly dims: readonly number[];
  readonly data: Pixels;
}

/** An image as transformers.js reads it, `RawImage`: channel after channel within each pixel, row by row. */
export interface RawImage {
  readonly data: Pixels;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** What a classifier of images reads. Pixels are as `preprocessor_config.json` expects them: 0 … 255. */
export type GivenImage = PixelTensor | RawImage;

/** Images of one size, their pixels channel by channel. */
interface ReadImages {
  readonly channels: number;
  readonly size: readonly [rows: number, columns: number];
  readonly each: readonly Pixels[];
}

/** @throws {InputError} when images are not of the size that a model reads. */
export function checkImages(
  where: string,
  form: ImageForm,
  { channels, size }: Pick<ReadImages, 'channels' | 'size'>,
): void {
  const [expected, got] = [form, { channels, size }].map((it) => [it.channels, ...it.size].join(' × '));
  if (expected === got) return;
  throw new InputError(`${where}: expected an image of ${expected} (channels × rows × columns), got ${got}`);
}

/** Channel after channel, from channels within pixels. */
function planes(data: Pixels, channels: number): Pixels {
  const size = data.length / channels;
  return Float32Array.from(data, (_, i) => data[(i % size) * channels + Math.floor(i / size)] ?? 0);
}

function tensorImages({ dims, data }: PixelTensor, where: string): ReadImages {
  const [count = 0, channels = 0, rows = 0, columns = 0] = dims.length === 3 ? [1, ...dims] : dims;
  const each = channels * rows * columns;
  if ((dims.length !== 3 && dims.length !== 4) || dims.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new InputError(
      `${where}: expected a tensor [channels, rows, columns] or [batch, channels, rows, columns], got [${dims.join(', ')}]`,
    );
  }
  if (data.length !== count * each) {
    throw new InputError(`${where}: expected ${count * each} numbers for [${dims.join(', ')}], got ${data.length}`);
  }
  const all = Float32Array.from(data, Number);
  const images = Array.from({ length: count }, (_, i) => all.subarray(i * each, (i + 1) * each));
  return { channels, size: [rows, columns], each: images };
}

function rawImage({ data, width, height, channels }: RawImage, where: string): ReadImages {
  const count = width * height * channels;
  if (Number.isInteger(count) && count > 0 && data.length === count) {
    return { channels, size: [height, width], each: [planes(data, channels)] };
  }
  throw new InputError(
    `${where}: expected ${height} × ${width} pixels of ${channels} channels, got ${data.length} numbers`,
  );
}

const isMade = (value: unknown): value is object => typeof value === 'object' && value !== null;

function readImage(given: unknown, where: string): ReadImages {
  if (isMade(given) && 'data' in given && isMade(given.data) && 'length' in given.data) {
    if ('dims' in given && Array.isArray(given.dims)) return tensorImages(given as PixelTensor, where);
    if ('width' in given && 'height' in given && 'channels' in given) return rawImage(given as RawImage, where);
  }
  const got = isMade(given) ? `{ ${Object.keys(given).join(', ')} }` : typeFound(given);
  throw new InputError(
    `${where}: expected a tensor { data, dims } or an image { data, width, height, channels }, got ${got}`,
  );
}

/**
 * The images of a call as their pixels, channel by channel.
 *
 * @throws {InputError} for anything but images of the size that the model reads, and pixels that are no finite numbers.
 */
export function givenImages(
  task: string,
  given: GivenImage | readonly GivenImage[],
  form: ImageForm,
): readonly Pixels[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((image, at) => {
    const where = `${task}: image ${at}`;
    const read = readImage(image, where);
    checkImages(where, form, read);
    for (const pixels of read.each) {
      const wrong = Array.from(pixels).find((pixel) => !Number.isFinite(pixel));
      if (wrong !== undefined) throw new InputError(`${where}: expected finite numbers, got ${wrong}`);
    }
    return read.each;
  });
}

/** Whether a call has several images, so that its result is a list. */
export const areSeveral = (given: GivenImage | readonly GivenImage[]): boolean =>
  Array.isArray(given) || ((given as Partial<PixelTensor>).dims?.length ?? 0) === 4;
