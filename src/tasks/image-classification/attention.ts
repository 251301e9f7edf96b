import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import type { TokenAxis } from '../../inspect/attention/attention-map.ts';
import type { Picture } from '../../inspect/picture/picture.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ForwardResults } from '../../models/forward.ts';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import { gridOf, type ImageLayout } from '../../models/inputs/pixel-input.ts';
import type { ImageModel } from '../../models/model.ts';
import { roleNames } from '../../models/role.ts';
import { float32Data, float32Tensor } from '../../weights/tensor.ts';
import { attentionMaps } from '../attention/attention-map.ts';
import type { ImageAttentionOptions } from '../attention/attention-option.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import type { PreTrainedModel } from '../model/pre-trained-model.ts';
import { isLikely, type LabelScore, labelScores } from '../text-classification/label-score.ts';
import { type GivenImage, givenImages } from './given-image.ts';
import {
  checkedProcessor,
  type ImageProcessor,
  type ProcessorFields,
  pixelMap,
  processPixels,
} from './image-processor.ts';

/**
 * A model of images from `loadModel`, and what happens to pixels before: the `processor` of a pipeline, or the fields of
 * `preprocessor_config.json`.
 */
export interface ImageAttentionSource {
  readonly model: PreTrainedModel;
  readonly processor: ProcessorFields | ImageProcessor;
}

const where = 'attentionExamples';
const known: CallOptions = { own: { references: 'other' } };

/** What a page calls the tokens before the patches. */
const tokenNames: Readonly<Record<string, string>> = {
  cls_token: 'class token',
  distillation_token: 'distillation token',
};

/** The tokens of an image: learned ones, then its patches by row and column, counted from 1. */
export function imageAxis(image: ImageLayout): TokenAxis {
  const [rows, columns] = gridOf(image);
  const patches = Array.from(
    { length: rows * columns },
    (_, at) => `row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`,
  );
  const learned = image.tokens.map((name) => tokenNames[name] ?? name);
  return { tokens: [...learned, ...patches], grid: [rows, columns] };
}

/** The images that a model reads. @throws {InputError} when it reads none. */
export function imageLayoutOf({ loaded }: PreTrainedModel): ImageModel['image'] {
  if (loaded.role === 'image-classification' || loaded.role === 'image-encoder') return loaded.model.image;
  throw new InputError(`${loaded.name}: expected a model that reads images, got ${roleNames[loaded.role]}`);
}

/** Pixels as a picture: what the model reads as 0 … 1 becomes 0 … 255; if pixels go beyond, all are fitted into that. */
function pictureOf(
  pixels: ArrayLike<number>,
  { channels, size }: ImageLayout,
  { do_rescale, rescale_factor }: ImageProcessor,
): Picture {
  const factor = do_rescale ? rescale_factor : 1;
  let [least, most] = [0, 1];
  const scaled = Float32Array.from(pixels, (pixel) => {
    const value = pixel * factor;
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    return value;
  });
  return { channels, size, pixels: scaled.map((value) => (255 * (value - least)) / (most - least)) };
}

/** What a classifier says, by the kind of its problem. */
const verdicts: Readonly<Record<ProblemType, (scores: readonly LabelScore[]) => string>> = {
  single_label_classification: (scores) => itemAt(scores, 0, 'a label').label,
  multi_label_classification: (scores) =>
    scores
      .filter(isLikely)
      .map(({ label }) => label)
      .join(', ') || 'no label',
  regression: (scores) => itemAt(scores, 0, 'a number').score.toFixed(4),
};

/** The labels that a model predicts; none without a head. */
function predicted({ loaded }: PreTrainedModel, results: ForwardResults): Pick<AttentionExample, 'scores' | 'output'> {
  const logits = results.get('logits');
  if (loaded.role !== 'image-classification' || !logits) return {};
  const { labels, problemType } = loaded.model;
  const scores = labelScores(float32Data(logits, 'logits'), labels, problemType);
  return { scores, output: verdicts[problemType](scores) };
}

/**
 * Runs a model on images and records the self-attention of every layer and head over their patches, and what it predicts.
 *
 * @throws {InputError} for a model that reads no images, images that the model does not read, or an unknown option.
 */
export async function imageAttention(
  { model, processor }: ImageAttentionSource,
  images: GivenImage | readonly GivenImage[],
  options: ImageAttentionOptions = {},
): Promise<AttentionExample[]> {
  checkCallOptions(where, options, known);
  const layout = imageLayoutOf(model);
  const complete = checkedProcessor(processor, layout.channels, `${where}: processor`);
  const given = givenImages(where, images, layout);
  const { references } = options;
  if (references && references.length !== given.length) {
    throw new InputError(`${where}: expected as many references as images, ${given.length}, got ${references.length}`);
  }
  const axis = imageAxis(layout);
  const map = pixelMap(complete);
  const examples: AttentionExample[] = [];
  for (const [at, pixels] of given.entries()) {
    const read = new Float32Array(pixels.length);
    processPixels(pixels, map, read, 0);
    const shape = [1, layout.channels, ...layout.size];
    const results = await model.forward(new Map([['pixel_values', float32Tensor(shape, read)]]));
    examples.push({
      input: `image ${at}`,
      picture: pictureOf(pixels, layout, complete),
      ...predicted(model, results),
      reference: references?.[at],
      maps: attentionMaps(results, () => ({ query: axis, key: axis })),
    });
  }
  return examples;
}
