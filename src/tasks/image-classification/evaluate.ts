import * as z from 'zod';
import { InputError } from '../../io/error.ts';
import { readFields } from '../recipe/data.ts';
import { checkWithSettings } from '../recipe/setting.ts';
import { fileEvaluation } from '../run/file-evaluation.ts';
import { rowEvaluator } from '../run/row-task.ts';
import { imageTask } from './classifier.ts';
import { imageRows } from './data.ts';
import { checkImages } from './given-image.ts';
import { patchesIn } from './image-batch.ts';
import { type ImageEntry, isTensorFile, readLabelledImages } from './image-file.ts';
import { loadImageClassifier } from './loaded-classifier.ts';

const options = z.strictObject({ data: z.strictObject(readFields).prefault({}) });

/** @throws {InputError} when an IDX file of images has none of labels beside it, or a safetensors file has one. */
function entryOf(file: string, labels?: string): ImageEntry {
  if (isTensorFile(file)) {
    if (labels === undefined) return { file };
    throw new InputError(`evaluate --data: expected one safetensors file, with labels in it, got ${labels} too`);
  }
  if (labels !== undefined) return { images: file, labels };
  throw new InputError('evaluate --data: expected IMAGES and LABELS, two IDX files, or one safetensors file');
}

/** Scores a classifier of images on two IDX files or a safetensors file. */
export const evaluateImages = fileEvaluation(
  'image-classification',
  'safetensors file, or images and labels',
  async (source, file, settings, [labels]) => {
    const entry = entryOf(file, labels);
    const { data } = checkWithSettings(options, {}, settings, () => 'evaluate');
    const { model: loaded, processor } = await loadImageClassifier(source);
    const { model } = loaded;
    const images = await readLabelledImages('', entry, data);
    checkImages(images.file, model.image, images);
    return {
      model: loaded,
      set: imageRows(images, model.problemType, model.labels, patchesIn(model)),
      evaluator: (engine) => rowEvaluator((form) => imageTask(form.model, processor), loaded, engine),
      notes: [],
    };
  },
  2,
);
