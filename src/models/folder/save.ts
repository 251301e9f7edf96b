import { InputError } from '../../io/error.ts';
import { weightsFile } from '../../weights/checkpoint.ts';
import { checkpointTensors } from '../../weights/parameter-match.ts';
import { safetensorsPieces } from '../../weights/safetensors.ts';
import { float32Tensor } from '../../weights/tensor.ts';
import { type ModelSetup, modelParameters } from '../families/setup.ts';
import { configText, jsonText } from './config-text.ts';
import { configFile, generationConfigFile } from './load.ts';

/**
 * The files of a model folder by name: `config.json`, `generation_config.json` if the model generates, and
 * `model.safetensors` in pieces to be written one after the other. If Transformers (Python) has the family, it loads
 * the folder with `from_pretrained`. Fields that the model's source has and nothing knows are kept.
 *
 * @param generationConfig overrides the family's defaults; an undefined field is omitted.
 * @throws {InputError} when a parameter of the model has no values.
 */
export function saveModelFiles(
  setup: ModelSetup,
  parameters: ReadonlyMap<string, Float32Array>,
  generationConfig: Readonly<Record<string, unknown>> = {},
): Map<string, string | readonly Uint8Array[]> {
  const tensors = new Map(
    [...modelParameters(setup)].map(([name, { shape }]) => {
      const data = parameters.get(name);
      if (!data) throw new InputError(`model: parameter ${name} has no values`);
      return [name, float32Tensor(shape, data)];
    }),
  );
  for (const [copy, name] of setup.copies) {
    const tensor = tensors.get(name);
    if (tensor) tensors.set(copy, tensor);
  }
  const stored = checkpointTensors(tensors, setup.checkpoint.rules);
  const dtype = 'float32';
  const config = {
    ...setup.source,
    architectures: [setup.architecture],
    torch_dtype: dtype,
    ...(Object.hasOwn(setup.source, 'dtype') && { dtype }),
    is_encoder_decoder: setup.model.inputs.some(({ name }) => name === 'decoder_input_ids'),
    ...setup.config,
  };
  const generation = { ...setup.generationDefaults, ...generationConfig };
  return new Map<string, string | readonly Uint8Array[]>([
    [configFile, configText(config, setup.config.model_type, setup.architecture)],
    ...(Object.keys(generation).length > 0 ? [[generationConfigFile, jsonText(generation)] as const] : []),
    [weightsFile, safetensorsPieces(stored)],
  ]);
}
