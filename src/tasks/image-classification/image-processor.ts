import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { itemAt } from '../../io/item-at.ts';
import { parseJson } from '../../io/json.ts';

/** The file of a model folder that says what happens to pixels before the model reads them. */
export const processorFile = 'preprocessor_config.json';

const number = z.number();
const perChannel = z.union([number, z.array(number).min(1)]);
const perChannelAbove0 = z.union([number.positive(), z.array(number.positive()).min(1)]);

/** The fields of `preprocessor_config.json` that act on pixels, by Transformers' names. */
export const processorFields = {
  do_rescale: z.boolean().nullish().describe('whether pixels are multiplied by rescale_factor; by default true'),
  rescale_factor: number.positive().nullish().describe('by default 1/255, which makes bytes numbers from 0 to 1'),
  do_normalize: z
    .boolean()
    .nullish()
    .describe('whether image_mean is then subtracted and the result divided by image_std; by default true'),
  image_mean: perChannel.nullish().describe('a number for each channel; by default 0.5'),
  image_std: perChannelAbove0.nullish().describe('a number for each channel; by default 0.5'),
};

const form = z.strictObject(processorFields);

/** Those fields, as they are written. */
export type ProcessorFields = z.output<typeof form>;

/** What happens to the pixels of each channel c: pixel · scale[c] + shift[c]. */
export interface PixelMap {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

const listOf = (
  name: string,
  value: number | readonly number[],
  channels: number,
  where: string,
): readonly number[] => {
  const list = typeof value === 'number' ? new Array<number>(channels).fill(value) : value;
  if (list.length === channels) return list;
  throw new InputError(`${where}: ${name}: expected ${channels} numbers, one per channel, got ${list.length}`);
};

/** The defaults of Transformers' `ViTImageProcessor`. */
const usual = { do_rescale: true, rescale_factor: 1 / 255, do_normalize: true, image_mean: 0.5, image_std: 0.5 };

/** The fields with their defaults filled in, lists for every channel. @throws {InputError} for lists of another length. */
export function completeProcessor(given: ProcessorFields, channels: number, where: string) {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
  const all = { ...usual, ...(set as Partial<typeof usual>) };
  return {
    ...all,
    image_mean: listOf('image_mean', all.image_mean, channels, where),
    image_std: listOf('image_std', all.image_std, channels, where),
  };
}

/** The fields of a run or a folder with their defaults. */
export type ImageProcessor = ReturnType<typeof completeProcessor>;

/** (pixel · rescale_factor − image_mean) / image_std, as far as it is wanted. */
export function pixelMap(processor: ImageProcessor): PixelMap {
  const factor = processor.do_rescale ? processor.rescale_factor : 1;
  const { do_normalize, image_mean, image_std } = processor;
  const std = (c: number) => (do_normalize ? itemAt(image_std, c, 'a channel') : 1);
  return {
    scale: image_mean.map((_, c) => factor / std(c)),
    shift: image_mean.map((mean, c) => (do_normalize ? -mean / std(c) : 0)),
  };
}

/** Pixels of images, [..., C, R, K], as the model reads them, written into `to` from `at`. */
export function processPixels(
  pixels: ArrayLike<number>,
  { scale, shift }: PixelMap,
  to: Float32Array,
  at: number,
): void {
  const size = pixels.length / scale.length;
  for (let c = 0; c < scale.length; c++) {
    const [a = 1, b = 0] = [scale[c], shift[c]];
    for (let i = c * size; i < (c + 1) * size; i++) to[at + i] = (pixels[i] ?? 0) * a + b;
  }
}

const stored = z.looseObject(processorFields);

/** What a folder's `preprocessor_config.json` says, all of it. @throws {InputError} when it is missing or wrong. */
export async function readProcessor(folder: Folder): Promise<z.output<typeof stored>> {
  const where = fileIn(folder, processorFile);
  return check(stored, parseJson(await readText(folder, processorFile), where), where);
}

/** The processor of given fields, of which those of a file that do not act on pixels are left out. @throws {InputError} for wrong ones. */
export function checkedProcessor(given: unknown, channels: number, where: string): ImageProcessor {
  const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = check(stored, given, where);
  return completeProcessor({ do_rescale, rescale_factor, do_normalize, image_mean, image_std }, channels, where);
}

/** The processor of a folder, for images of so many channels. @throws {InputError} as {@link readProcessor}. */
export const loadProcessor = async (folder: Folder, channels: number): Promise<ImageProcessor> =>
  checkedProcessor(await readProcessor(folder), channels, fileIn(folder, processorFile));

/** The fields of a file for images of another size, which Transformers resizes images to, and crops them to. */
export const forSize = (source: object, [height, width]: readonly [number, number]): object => {
  const size = { height, width };
  return { ...source, size, ...('crop_size' in source && { crop_size: size }) };
};

/** PIL's number of bilinear interpolation, Transformers' default for ViT. */
const bilinear = 2;

/**
 * `preprocessor_config.json`, which Transformers' `AutoImageProcessor` reads: images that are not of the model's size are
 * resized there.
 *
 * @param source the file of the folder that a run starts from, whose other fields are kept.
 */
export function processorFiles(
  processor: ImageProcessor,
  [height, width]: readonly [number, number],
  source: object = {},
): Readonly<Record<string, string>> {
  const fields = {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    resample: bilinear,
    size: { height, width },
    ...source,
    ...processor,
  };
  const inOrder = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return { [processorFile]: `${JSON.stringify(Object.fromEntries(inOrder), null, 2)}\n` };
}
