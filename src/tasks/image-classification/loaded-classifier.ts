import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import { roleNames } from '../../models/role.ts';
import { refuseTokenizerOptions } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type ImageProcessor, loadProcessor } from './image-processor.ts';

/** A finished classifier of images, and what happens to their pixels before. */
export interface LoadedImageClassifier {
  readonly model: LoadedModel<'image-classification'>;
  readonly processor: ImageProcessor;
}

/**
 * @throws {InputError} when the folder is not a complete classifier with a `preprocessor_config.json`, or for options about
 *   tokenizers.
 */
export async function loadImageClassifier({ folder, dtype, ...options }: ModelSource): Promise<LoadedImageClassifier> {
  refuseTokenizerOptions(folder, roleNames['image-classification'], options);
  const model = inRole(await loadModel(folder, { dtype }), 'image-classification', folder.name);
  return { model, processor: await loadProcessor(folder, model.model.image.channels) };
}
