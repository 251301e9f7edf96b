import { isDeepStrictEqual } from 'node:util';
import { InputError, reportAll } from '../../io/error.ts';
import { vitFileDefaults } from '../../models/families/vit/config.ts';
import { labelFields, type ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { ImageForm } from '../../models/inputs/pixel-input.ts';
import { completedModel, describedModel, type RunSetup } from '../run/recipe-model.ts';
import type { RunBase } from '../run/run-base.ts';
import { idleTraining } from '../text-classification/config.ts';
import type { ImageClassificationData } from './data.ts';
import { completeProcessor, forSize, type ImageProcessor, readProcessor } from './image-processor.ts';
import type { ImageClassificationRecipe } from './recipe.ts';

const role = 'image-classification';

/** A size that every patch size divides, as far as it is known. */
const assumedSize = (patch: unknown): unknown => (Array.isArray(patch) ? patch : (patch ?? 16));

/**
 * Checks the parts of a recipe's `model` that do not depend on the data, before any image is read, and returns its
 * problem.
 *
 * @throws {InputError} also for a part of `train` that has no effect on such a model.
 */
export function checkImageFields({ model, train }: ImageClassificationRecipe, base?: RunBase): ProblemType {
  const labels = base ? {} : labelFields(model.problem_type === 'regression' ? ['LABEL_0'] : ['LABEL_0', 'LABEL_1']);
  const size = base ? {} : { image_size: assumedSize(model.patch_size), num_channels: 1 };
  const { problemType } = describedModel(role, model, { tokenizer: size, data: labels }, base).model;
  const violations = idleTraining(train, problemType);
  if (violations.length > 0) throw reportAll('recipe', violations);
  return problemType;
}

/** `28` for squares, else rows and columns. */
const sizeField = ([rows, columns]: readonly [number, number]): number | [number, number] =>
  rows === columns ? rows : [rows, columns];

/**
 * The model of a recipe: the fields of `model`, completed from the images and the labels.
 *
 * @throws {InputError} when a field is unknown, invalid or contradicts the data; when the model to start from reads
 *   images of another size and `image_size` does not change it, or its class has no loss.
 */
export function imageSetup(
  { model }: ImageClassificationRecipe,
  { channels, size, problemType, labels }: ImageClassificationData,
  base?: RunBase,
): RunSetup<typeof role> {
  const derived = {
    tokenizer: { image_size: sizeField(size), num_channels: channels },
    data: { problem_type: problemType, ...labelFields(labels) },
  };
  const setup = completedModel(role, model, derived, base);
  const { image, terms } = setup.model;
  if (terms.length === 0) {
    throw new InputError(
      `${base?.folder.name}: expected a class with a loss, got ${setup.architecture}; to start from its encoder, name another class in "architectures" of its config.json`,
    );
  }
  const [got, expected] = [{ channels, size }, image].map((it) => [it.channels, ...it.size].join(' × '));
  if (got === expected) return setup;
  throw new InputError(
    `${base?.folder.name}: expected images of ${expected}, the size that it reads, got ${got}${adviceOn(image, { channels, size })}`,
  );
}

/** What makes a model read images of another size. */
function adviceOn({ channels, patch }: ImageForm, images: Pick<ImageForm, 'channels' | 'size'>): string {
  if (images.channels !== channels) return '';
  const isCovered = images.size.every((pixels, axis) => pixels % (patch[axis] ?? 1) === 0);
  if (!isCovered) return `; resize them: its patches of ${patch.join(' × ')} pixels do not cover them`;
  return `; to train at their size, set model.image_size to ${JSON.stringify(sizeField(images.size))}: the learned positions are then resized`;
}

/** What happens to the pixels of a run, and the file of the folder that it starts from. */
export interface RunProcessor {
  readonly processor: ImageProcessor;
  readonly source: object;
}

/** Both sides, of which a square needs only one. */
const sidesOf = (size: unknown): unknown => (Array.isArray(size) ? size : [size, size]);

/**
 * The image processor of a recipe: its own fields over those of the folder that the run starts from.
 *
 * @throws {InputError} when pixels are floats and no field says whether they are 0 … 255.
 */
export async function runProcessor(
  { image_processor: own, model }: ImageClassificationRecipe,
  { channels, size, hasBytes }: Pick<ImageClassificationData, 'channels' | 'size' | 'hasBytes'>,
  base?: RunBase,
): Promise<RunProcessor> {
  const read = base ? await readProcessor(base.folder) : {};
  const before = base && (base.config.image_size ?? vitFileDefaults.image_size);
  const isResized = base && !isDeepStrictEqual(sidesOf(model.image_size ?? before), sidesOf(before));
  const source = isResized ? forSize(read, size) : read;
  if (!hasBytes && !base?.isCheckpoint && own.do_rescale === undefined) {
    throw new InputError(
      'recipe: image_processor.do_rescale: expected true or false, because pixels are floats: true if they are 0 … 255, false if they are scaled already; got none',
    );
  }
  const { do_rescale, rescale_factor, do_normalize, image_mean, image_std } = { ...source, ...own } as typeof own;
  const fields = { do_rescale, rescale_factor, do_normalize, image_mean, image_std };
  return { processor: completeProcessor(fields, channels, 'recipe: image_processor'), source };
}
