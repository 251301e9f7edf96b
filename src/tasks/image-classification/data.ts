import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { labelNames, type ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { RowSet } from '../run/encoded-row.ts';
import type { Splits } from '../run/split.ts';
import { mapSplits, readSplits, splitValues } from '../run/split.ts';
import type { TargetRow } from '../text-classification/class-task.ts';
import type { Target } from '../text-classification/problem.ts';
import type { ImageRow } from './image-batch.ts';
import { eachImage, type ImageEntry, type Images, type LabelledImages, readLabelledImages } from './image-file.ts';
import { labelForms } from './label-tensor.ts';
import type { ImageClassificationRecipe } from './recipe.ts';

/** An image with its labels. */
export interface LabelledImageRow extends ImageRow, TargetRow {
  readonly pixels: Uint8Array | Float32Array;
}

/** Images as rows. */
export type LabelledImageSet = RowSet<LabelledImageRow>;

/** The data of a recipe for images. */
export interface ImageClassificationData extends Pick<Images, 'channels' | 'size'> {
  readonly problemType: ProblemType;
  readonly labels: readonly string[];
  /** Whether pixels are bytes. */
  readonly hasBytes: boolean;
  readonly images: Splits<LabelledImages>;
}

const shown = ({ channels, size }: Pick<Images, 'channels' | 'size'>): string => [channels, ...size].join(' × ');

/** @throws {InputError} when images have another size, or another type, than others. */
function checkAlike(first: Images, other: Images): void {
  const isSameType = first.pixels instanceof Uint8Array === other.pixels instanceof Uint8Array;
  if (shown(first) === shown(other) && isSameType) return;
  const form = (images: Images) => `${shown(images)} ${images.pixels instanceof Uint8Array ? 'bytes' : 'floats'}`;
  throw new InputError(`${other.file}: expected images of ${form(first)}, as in ${first.file}, got ${form(other)}`);
}

/** The labels of a run: those of the recipe, or those of the folder that it starts from, or numbered ones. */
function namesOf(
  problemType: ProblemType,
  train: LabelledImages,
  given?: readonly string[],
  known?: readonly string[],
) {
  const count = labelForms[problemType].count(train);
  if (given) return given;
  const isFixed = problemType !== 'single_label_classification';
  if (known && (isFixed ? known.length === count : known.length >= count)) return known;
  return labelNames({ num_labels: count });
}

/**
 * Reads a recipe's images and their labels.
 *
 * @param known the labels of the folder that the run starts from: kept if training has no others.
 * @throws {InputError} when a file cannot be read, images differ in size, or a label has no name.
 */
export async function readImageData(
  { data: { root, label_names, max_unpacked_bytes, ...files } }: ImageClassificationRecipe,
  problemType: ProblemType,
  known?: readonly string[],
): Promise<ImageClassificationData> {
  const images = await readSplits(files, (entry: ImageEntry) =>
    readLabelledImages(root, entry, { max_unpacked_bytes }),
  );
  const { train } = images;
  for (const other of splitValues(images)) checkAlike(train, other);
  const labels = namesOf(problemType, train, label_names, known);
  if (problemType === 'single_label_classification' && labels.length < 2) {
    throw new InputError(`data ${train.labelFile}: expected at least two labels, got ${labels.length}`);
  }
  const { channels, size } = train;
  return { problemType, labels, channels, size, hasBytes: train.pixels instanceof Uint8Array, images };
}

/** Images as rows for a model. `patches`: those of an image. @throws {InputError} for a label that the model does not have. */
export function imageRows(
  images: LabelledImages,
  problemType: ProblemType,
  labels: readonly string[],
  patches: number,
): LabelledImageSet {
  const targets: readonly Target[] = labelForms[problemType].targets(images, labels.length);
  const rows = eachImage(images).map((pixels, example) => ({
    example,
    size: patches,
    pixels,
    target: itemAt(targets, example, 'an image'),
  }));
  return { samples: rows.length, rows, where: (row) => `${images.file}: image ${row}` };
}

/** The splits of a recipe's images as rows. */
export const imageSets = ({ images, problemType, labels }: ImageClassificationData, patches: number) =>
  mapSplits(images, (set) => imageRows(set, problemType, labels, patches));

/** Information about the data for the user, one line each. */
export const imageNotes = ({ images: { train }, labels, problemType }: ImageClassificationData): string[] => {
  const kind = problemType === 'regression' ? 'numbers' : `${labels.length} labels`;
  return [`data: ${train.count} images of ${shown(train)} to train on, ${kind}`];
};
