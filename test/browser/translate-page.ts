/** In the page: the library as an application imports it, on a folder that the server gives. */

import {
  type GenerateOptions,
  loadModel,
  type ModelTensor,
  pipeline,
  type TextToTextOptions,
} from '../../src/tasks/web.ts';

export interface Argument {
  /** Address of the model's folder. */
  readonly folder: string;
  readonly texts: readonly string[];
  readonly options: TextToTextOptions;
  readonly generate: GenerateOptions;
}

export default async function translate({ folder, texts, options, generate }: Argument) {
  const translator = await pipeline('translation', folder);
  const translations = await translator(texts, options);
  await translator.dispose();
  const model = await loadModel(folder, { role: 'sequence-to-sequence' });
  const sequences = (await model.generate(generate)) as ModelTensor<BigInt64Array>;
  await model.dispose();
  return { translations, sequences: sequences.tolist().flat().map(Number), dims: sequences.dims };
}
