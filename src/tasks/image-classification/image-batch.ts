import { checkedInputs } from '../../models/inputs/checked-inputs.ts';
import { gridOf } from '../../models/inputs/pixel-input.ts';
import type { ImageClassifier } from '../../models/model.ts';
import type { Feeds } from '../../runtime/backend.ts';
import { float32Tensor } from '../../weights/tensor.ts';
import type { EncodedRow } from '../run/encoded-row.ts';
import { type PixelMap, processPixels } from './image-processor.ts';

/** An image; its size is in patches. */
export interface ImageRow extends EncodedRow {
  /** [C, R, K], as they were given. */
  readonly pixels: ArrayLike<number>;
}

/** What decides about the inputs of images. */
export interface ImageReader {
  readonly model: Pick<ImageClassifier, 'inputs' | 'image'>;
  readonly map: PixelMap;
}

/** The patches of an image of the model's size. */
export function patchesIn({ image }: ImageReader['model']): number {
  const [rows, columns] = gridOf(image);
  return rows * columns;
}

/** Images as inputs of a model, `pixel_values` [B, C, R, K] and what follows from them. */
export function imageFeeds(rows: readonly ImageRow[], { model, map }: ImageReader): Feeds {
  const { channels, size } = model.image;
  const each = channels * size[0] * size[1];
  const all = new Float32Array(rows.length * each);
  rows.forEach(({ pixels }, at) => processPixels(pixels, map, all, at * each));
  const pixels = float32Tensor([rows.length, channels, ...size], all);
  return checkedInputs(model.inputs, new Map([['pixel_values', pixels]]));
}
