import { firstOf, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { checkImageLimits, imageLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { checkCount } from '../model/count-option.ts';
import { openProgram } from '../model/queued-program.ts';
import type { ModelSource } from '../platform/platform.ts';
import { classProgram } from '../text-classification/class-program.ts';
import { type LabelScore, labelScores } from '../text-classification/label-score.ts';
import { areSeveral, type GivenImage, givenImages, type RawImage } from './given-image.ts';
import { type ImageRow, imageFeeds, patchesIn } from './image-batch.ts';
import { type ImageProcessor, pixelMap } from './image-processor.ts';
import { loadImageClassifier } from './loaded-classifier.ts';

/** How to classify images. */
export interface ImageClassificationOptions {
  /** How many labels to return, likeliest first; null: all. Default 5. */
  readonly top_k?: number | null | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = { own: { top_k: 'other', signal: 'signal' } };

/** The likeliest labels of an image, or of several images a list each. */
export type ImageClassificationOutput = NonEmpty<LabelScore> | NonEmpty<LabelScore>[];

/** The forms of a call. A tensor may hold one image or several, as its `dims` say. */
interface ImageClassificationCall {
  (image: RawImage, options?: ImageClassificationOptions): Promise<NonEmpty<LabelScore>>;
  (images: readonly GivenImage[], options?: ImageClassificationOptions): Promise<NonEmpty<LabelScore>[]>;
  (images: GivenImage, options?: ImageClassificationOptions): Promise<ImageClassificationOutput>;
}

/**
 * A function from images to labels, in order. An image is a tensor `{ data, dims }` [channels, rows, columns], several a
 * list or one tensor [batch, channels, rows, columns]; transformers.js' `RawImage` is read too. Images must have the size
 * that the model reads; their pixels are scaled and normalised as `preprocessor_config.json` says.
 */
export interface ImageClassificationPipeline extends ImageClassificationCall {
  readonly task: 'image-classification';
  readonly model: LoadedModel<'image-classification'>;
  readonly processor: ImageProcessor;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'image-classification' as const;

/** transformers.js' default. */
const usualCount = 5;

/** @throws {InputError} when the folder is not a complete classifier with a `preprocessor_config.json`. */
export async function imageClassificationPipeline(source: ModelSource): Promise<ImageClassificationPipeline> {
  const limits = imageLimits(source.limits);
  const { model: loaded, processor } = await loadImageClassifier(source);
  const { model } = loaded;
  const reader = { model, map: pixelMap(processor) };
  const programOf = (form: typeof loaded) => classProgram<ImageRow>(form.model, (rows) => imageFeeds(rows, reader));
  const classifier = await openProgram(programOf, loaded, source.backend);
  const size = patchesIn(model);
  async function classify(
    images: GivenImage | readonly GivenImage[],
    options: ImageClassificationOptions = {},
  ): Promise<ImageClassificationOutput> {
    checkCallOptions(task, options, callOptions);
    const { top_k = usualCount, signal } = options;
    checkCount(`${task}: top_k`, top_k, 1, true);
    const given = givenImages(task, images, model.image);
    checkImageLimits(task, given.length, limits);
    const rows = given.map((pixels, example) => ({ example, size, pixels }));
    const all = (await classifier.run(rows, { signal })).map((logits) => {
      const scores = labelScores(logits, model.labels, model.problemType);
      return nonEmpty(top_k === null ? scores : scores.slice(0, top_k), 'a label');
    });
    return areSeveral(images) ? all : firstOf(all, 'an image');
  }
  return Object.assign(classify as ImageClassificationCall, {
    task,
    model: loaded,
    processor,
    dispose: () => classifier.dispose(),
  });
}
