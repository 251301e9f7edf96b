import { InputError } from '../../io/error.ts';
import { type QuantizedMatrix, QuantizedWeights } from '../../runtime/quantized-weights.ts';
import { weightsFile } from '../../weights/checkpoint.ts';
import { applyRules, inverted, type NameRule } from '../../weights/name-rule.ts';
import { checkpointTensors } from '../../weights/parameter-match.ts';
import { safetensorsPieces } from '../../weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../weights/tensor.ts';
import { type ModelSetup, modelParameters } from '../families/setup.ts';
import { int8Quantization } from '../families/transformers-field.ts';
import { configText, jsonText } from './config-text.ts';
import { configFile, generationConfigFile } from './load.ts';
import { scaleName } from './quantized-checkpoint.ts';

/**
 * The files of a model folder by name: `config.json`, `generation_config.json` if the model generates, and
 * `model.safetensors` in pieces to be written one after the other. If Transformers (Python) has the family, it loads
 * the folder with `from_pretrained`, unless the parameters are {@link QuantizedWeights}. Fields that the model's source
 * has and nothing knows are kept.
 *
 * @param generationConfig overrides the family's defaults; an undefined field is omitted.
 * @throws {InputError} when a parameter of the model has no values.
 */
export function saveModelFiles(
  setup: ModelSetup,
  parameters: ReadonlyMap<string, Float32Array>,
  generationConfig: Readonly<Record<string, unknown>> = {},
): Map<string, string | readonly Uint8Array[]> {
  const quantized = parameters instanceof QuantizedWeights ? parameters : undefined;
  const matrices = new Map<string, QuantizedMatrix>();
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape }] of modelParameters(setup)) {
    const matrix = quantized?.matrix(name);
    if (matrix) {
      matrices.set(name, matrix);
      continue;
    }
    const data = parameters.get(name);
    if (!data) throw new InputError(`model: parameter ${name} has no values`);
    tensors.set(name, float32Tensor(shape, data));
  }
  for (const [copy, name] of setup.copies) {
    const tensor = tensors.get(name);
    if (tensor) tensors.set(copy, tensor);
  }
  const { rules } = setup.checkpoint;
  const stored = new Map([...checkpointTensors(tensors, rules), ...quantizedTensors(matrices, rules)]);
  const dtype = 'float32';
  const { quantization_config: _, ...source } = setup.source;
  const config = {
    ...source,
    ...(quantized && { quantization_config: int8Quantization }),
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

/** Quantized matrices as files have them: I8, and F32 for the scales of rows, [R, 1], or of columns, [1, C]. */
function quantizedTensors(matrices: ReadonlyMap<string, QuantizedMatrix>, rules: readonly NameRule[] = []) {
  const tensors = new Map<string, Tensor>();
  for (const [name, matrix] of applyRules(matrices, inverted(rules), (one) => one.transposed())) {
    const { shape, data, scale, axis } = matrix;
    tensors.set(name, { dtype: 'I8', shape, data });
    tensors.set(scaleName(name), float32Tensor(axis === 0 ? [scale.length, 1] : [1, scale.length], scale));
  }
  return tensors;
}
