import type { ImageClassifier } from '../../models/model.ts';
import type { RowTask } from '../run/row-task.ts';
import { classTask } from '../text-classification/class-task.ts';
import type { LabelledImageRow, LabelledImageSet } from './data.ts';
import { imageFeeds } from './image-batch.ts';
import { type ImageProcessor, pixelMap } from './image-processor.ts';

/** The bytes of pixels in whole numbers of four. */
function words({ buffer, byteOffset, byteLength }: LabelledImageRow['pixels']): Int32Array {
  const padded = new Uint8Array(Math.ceil(byteLength / 4) * 4);
  padded.set(new Uint8Array(buffer, byteOffset, byteLength));
  return new Int32Array(padded.buffer);
}

/** A classifier over images with labels. */
export function imageTask(
  model: ImageClassifier,
  processor: ImageProcessor,
): RowTask<LabelledImageRow, Float32Array, LabelledImageSet> {
  const reader = { model, map: pixelMap(processor) };
  return classTask<LabelledImageRow>(model, {
    feeds: (rows) => imageFeeds(rows, reader),
    identified: ({ pixels }) => words(pixels),
  });
}
