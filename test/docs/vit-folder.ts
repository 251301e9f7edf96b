/** A small ViT in a folder as Hugging Face has it, for the pages that start from one: random weights, real files. */
import { join } from 'node:path';
import { writeWhole } from '../../src/io/whole-file.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { drawFloats } from '../ops/draw.ts';

/** The files of `vit-base-patch16-224`, but for the width and the number of its layers. */
const config = {
  model_type: 'vit',
  architectures: ['ViTForImageClassification'],
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 32,
  image_size: 224,
  patch_size: 16,
  num_channels: 3,
  encoder_stride: 16,
  id2label: { 0: 'tench', 1: 'goldfish', 2: 'great white shark' },
};

const processor = {
  image_processor_type: 'ViTImageProcessor',
  do_resize: true,
  size: { height: 224, width: 224 },
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** Writes the folder and gives its path. */
export async function writeVitFolder(path: string): Promise<string> {
  const setup = checkConfig(config, 'config.json');
  const parameters = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, drawFloats(name, count).map((x) => (/norm.*\.weight$/.test(name) ? 1 + 0.1 * x : 0.2 * x))];
    }),
  );
  const files = saveModelFiles(setup, parameters);
  files.set('preprocessor_config.json', `${JSON.stringify(processor, null, 2)}\n`);
  files.set('README.md', '---\nlicense: apache-2.0\n---\n');
  for (const [name, content] of files) await writeWhole(join(path, name), content);
  return path;
}
