import { InputError } from '../../io/error.ts';
import type { AttentionReader } from '../attention/attention-reader.ts';
import { modelOf } from '../model-by-role.ts';
import { imageAttention, imageLayoutOf } from './attention.ts';
import { checkImages } from './given-image.ts';
import { eachImage, type Images, readImages } from './image-file.ts';
import { loadProcessor } from './image-processor.ts';

/** Some images of a file as tensors. @throws {InputError} for an image that the file does not have. */
function chosenImages(images: Images, indices: readonly number[]) {
  const all = eachImage(images);
  const dims = [images.channels, ...images.size];
  return indices.map((index) => {
    const data = all[index];
    if (data) return { data, dims };
    throw new InputError(`inspect --index: expected 0 … ${all.length - 1}, an image of ${images.file}, got ${index}`);
  });
}

/**
 * Opens a model of images and shows where it looked over some images of a file.
 *
 * @throws {InputError} when the model or its `preprocessor_config.json` cannot be used, the file cannot be read, its images
 *   are not of the size that the model reads, or it does not have such an image.
 */
export const imageReader: AttentionReader = {
  reads: ['image', 'indices'],
  async show(source, { image: file = '', indices = [0] }) {
    const model = await modelOf(source);
    try {
      const layout = imageLayoutOf(model);
      const processor = await loadProcessor(source.folder, layout.channels);
      const images = await readImages(file);
      checkImages(file, layout, images);
      const examples = await imageAttention({ model, processor }, chosenImages(images, indices));
      const named = examples.map((example, at) => ({ ...example, input: `image ${indices[at]}` }));
      return { model: model.loaded, examples: named };
    } finally {
      await model.dispose();
    }
  },
};
