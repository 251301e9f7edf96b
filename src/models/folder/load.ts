import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import type { Parameter } from '../../nn/index.ts';
import type { QuantizedWeights } from '../../runtime/quantized-weights.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import type { StartOptions } from '../../weights/match-options.ts';
import { checkpointWeights } from '../../weights/model-weights.ts';
import type { WeightStore } from '../../weights/weight-store.ts';
import { checkConfig } from '../families/check-config.ts';
import { familyOf } from '../families/families.ts';
import { type ModelSetup, modelParameters } from '../families/setup.ts';
import { generationFields, isInt8 } from '../families/transformers-field.ts';
import type { Role } from '../role.ts';
import type { LoadReport } from './load-report.ts';
import { tieFields } from './loose-tie.ts';
import { quantizedWeights, type WeightDtype, weightDtypes } from './quantization.ts';
import { widenedCheckpoint } from './quantized-checkpoint.ts';

/** A model folder in memory. */
export type LoadedModel<R extends Role = Role> = ModelSetup<R> &
  LoadedFiles & {
    /**
     * Numbers of every parameter and saved buffer, by the checkpoint's names; a tied tensor once. Those of an int8 model
     * are {@link QuantizedWeights}.
     */
    readonly parameters: ReadonlyMap<string, Float32Array>;
  };

/** A model folder whose weights are read one at a time. Must be closed. */
export type OpenModel<R extends Role = Role> = ModelSetup<R> &
  LoadedFiles & {
    /** Every parameter and saved buffer, by the checkpoint's names, in float32; a tied tensor once. */
    readonly weights: WeightStore;
    close(): Promise<void>;
  };

/** What a folder holds besides the configuration and the weights. */
interface LoadedFiles {
  /** Names the folder in errors. */
  readonly name: string;
  /** Whether the files hold int8 weights. */
  readonly isInt8: boolean;
  readonly report: LoadReport;
  /** `generation_config.json`, or what `config.json` says of generation if the model generates. */
  readonly generationConfig: Readonly<Record<string, unknown>>;
}

/** How a folder is read. */
export interface LoadOptions {
  /** What the model is used as; by default the class in `architectures` decides. */
  readonly role?: Role | undefined;
  /**
   * Fields that replace those of `config.json`. Another `vocab_size` adds or drops rows of the embeddings, another
   * `image_size` resizes the learned positions.
   */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** How a finished model is read. */
export interface LoadModelOptions extends LoadOptions {
  /** The type of its matrices in memory and in products: by default that of the files, fp32 or int8. */
  readonly dtype?: WeightDtype | undefined;
}

/** How a folder is read to start another model from it. */
export interface OpenOptions extends LoadOptions, Pick<StartOptions, 'allowsNewHead'> {}

/** The folder's files besides the weights. */
export const configFile = 'config.json';
/** How a model generates, as Transformers keeps it. */
export const generationConfigFile = 'generation_config.json';

const mapping = z.record(z.string(), z.unknown());

async function readMapping(folder: Folder, file: string): Promise<Record<string, unknown>> {
  const where = fileIn(folder, file);
  return check(mapping, parseJson(await readText(folder, file), where), where);
}

/** Whether a model writes token after token. */
export const isWriter = ({ role }: ModelSetup): boolean => role === 'causal' || role === 'sequence-to-sequence';

/** What `GenerationConfig.from_model_config` takes from a configuration. */
function generationPart(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = generationFields.filter((field) => json[field] !== undefined && json[field] !== null);
  return Object.fromEntries(fields.map((field) => [field, json[field]]));
}

/** The configuration of a folder, as its files say it. */
export interface FolderConfig {
  /** The path of `config.json`, for errors. */
  readonly where: string;
  /** `config.json`, with what the weights decide. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `generation_config.json`, or the fields of it that `config.json` holds. */
  readonly generationConfig: Readonly<Record<string, unknown>>;
  /** Whether there is a `generation_config.json`. */
  readonly hasGenerationFile: boolean;
}

/**
 * Reads a folder's configuration without checking it.
 *
 * @throws {InputError} when a file is missing or no mapping, or the weights that it depends on cannot be read.
 */
export async function readFolderConfig(folder: Folder): Promise<FolderConfig> {
  const file = await readMapping(folder, configFile);
  const config = { ...file, ...(await tieFields(folder, file)) };
  const hasGenerationFile = await folder.has(generationConfigFile);
  const generationConfig = hasGenerationFile ? await readMapping(folder, generationConfigFile) : generationPart(config);
  return { where: fileIn(folder, configFile), config, generationConfig, hasGenerationFile };
}

/**
 * Opens a model folder as Hugging Face lays it out: `config.json`, the weights, `generation_config.json` if it is there.
 * Everything is checked, but weights are read only when the store is asked for them.
 *
 * With `allowsNewHead`, a head that the files lack, or that has another size there, is new; see its `report`.
 *
 * @throws {InputError} when a file is missing or damaged, the configuration is not one of a known family, or the
 *   checkpoint's tensors are not the model's parameters; all differences are reported at once.
 */
export async function openModel(
  folder: Folder,
  { role, fields = {}, allowsNewHead }: OpenOptions = {},
): Promise<OpenModel> {
  const read = await readFolderConfig(folder);
  const { config: json } = read;
  const setup = checkConfig(json, read.where, { role, overrides: fields });
  const generationConfig = isWriter(setup) || read.hasGenerationFile ? read.generationConfig : {};
  const parameters = modelParameters(setup);
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]));
  const stored = await openCheckpoint(folder);
  try {
    const checkpoint = isInt8(json) ? widenedCheckpoint(stored) : stored;
    const { store, report, dtypes } = await checkpointWeights(shapes, checkpoint, {
      ...setup.checkpoint,
      allowsNewHead,
      resize: resizeOf(json, fields),
      remade: familyOf(setup.config.model_type)?.remade?.(setup.config, json),
      buffers: initialBuffers(parameters),
      what: `${setup.architecture} (model_type ${setup.config.model_type})`,
      savedBy: otherClass(json, setup.architecture),
    });
    const declared = json.dtype ?? json.torch_dtype;
    return {
      ...setup,
      name: folder.name,
      isInt8: isInt8(json),
      weights: store,
      report: { ...report, dtypes, declared: typeof declared === 'string' ? declared : undefined },
      generationConfig,
      close: () => stored.close(),
    };
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** The class that saved a folder, if it is not the model's. */
function otherClass({ architectures }: Record<string, unknown>, architecture: string): string | undefined {
  const [name] = Array.isArray(architectures) ? architectures : [];
  return typeof name === 'string' && name !== architecture ? name : undefined;
}

/** What the buffers of a model hold before training, which never changes them. */
const initialBuffers = (parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, () => Float32Array> =>
  new Map(
    [...parameters]
      .filter(([, { part }]) => part === 'buffer')
      .map(([name, { shape, initializer }]) => [name, () => initializer(shape, () => 0)]),
  );

function resizeOf({ vocab_size: from }: Record<string, unknown>, { vocab_size: to }: Record<string, unknown>) {
  return typeof from === 'number' && typeof to === 'number' && from !== to ? { from, to } : undefined;
}

/**
 * Reads a model folder with all its weights; see {@link openModel}. No part of the model may be missing.
 *
 * @throws {InputError} as {@link openModel}, and as {@link readParameters}.
 */
export async function loadModel(folder: Folder, { dtype, ...options }: LoadModelOptions = {}): Promise<LoadedModel> {
  const opened = await openModel(folder, options);
  const { weights, close, ...model } = opened;
  try {
    return { ...model, parameters: await readParameters(opened, dtype) };
  } finally {
    await close();
  }
}

/**
 * The weights of an open model, without those that are new, quantized if they are to be int8.
 *
 * @throws {InputError} when `dtype` is unknown or not what the files can give.
 */
export async function readParameters(
  model: OpenModel,
  dtype: WeightDtype = model.isInt8 ? 'int8' : 'fp32',
): Promise<LoadedModel['parameters']> {
  if (!weightDtypes.includes(dtype)) {
    throw new InputError(`${model.name}: dtype: expected ${weightDtypes.join(' or ')}, got ${JSON.stringify(dtype)}`);
  }
  if (model.isInt8 && dtype === 'fp32') {
    throw new InputError(`${model.name}: dtype: the weights of this folder are int8; remove dtype`);
  }
  const { weights } = model;
  const parameters = [...modelParameters(model)].filter(([name]) => weights.origin(name) !== 'new');
  const shapes = new Map(parameters.map(([name, { shape }]) => [name, shape]));
  async function* read() {
    for (const name of weights.names) if (shapes.has(name)) yield [name, await weights.read(name)] as const;
  }
  if (dtype === 'int8') return quantizedWeights(model, shapes, read());
  const numbers = new Map<string, Float32Array>();
  for await (const [name, data] of read()) numbers.set(name, data);
  return new Map([...shapes.keys()].map((name) => [name, weightOf(numbers, name)]));
}

function weightOf(read: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const data = read.get(name);
  if (!data) throw new Error(`weights: expected ${name}`);
  return data;
}
