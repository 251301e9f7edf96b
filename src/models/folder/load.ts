import * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { loadCheckpoint } from '../../weights/checkpoint.ts';
import { matchParameters } from '../../weights/parameter-match.ts';
import { checkConfig } from '../families/check-config.ts';
import { type ModelSetup, modelParameters } from '../families/setup.ts';
import { generationFields } from '../families/transformers-field.ts';
import type { Role } from '../role.ts';

/** A model folder in memory. */
export type LoadedModel<R extends Role = Role> = ModelSetup<R> & LoadedFiles;

/** What a folder holds besides the configuration. */
interface LoadedFiles {
  /** Names the folder in errors. */
  readonly name: string;
  /** Numbers of every parameter and saved buffer, by the checkpoint's names; a tied tensor once. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** `generation_config.json`, or the fields of it that `config.json` holds. */
  readonly generationConfig: Readonly<Record<string, unknown>>;
}

/** The folder's files besides the weights. */
export const configFile = 'config.json';
/** How a model generates, as Transformers keeps it. */
export const generationConfigFile = 'generation_config.json';

const mapping = z.record(z.string(), z.unknown());

async function readMapping(folder: Folder, file: string): Promise<Record<string, unknown>> {
  const where = fileIn(folder, file);
  return check(mapping, parseJson(await readText(folder, file), where), where);
}

/** What `GenerationConfig.from_model_config` takes from a configuration. */
function generationPart(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = generationFields.filter((field) => json[field] !== undefined && json[field] !== null);
  return Object.fromEntries(fields.map((field) => [field, json[field]]));
}

/**
 * Reads a model folder as Hugging Face lays it out: `config.json`, the weights, `generation_config.json` if it is there.
 *
 * @throws {InputError} when a file is missing or damaged, the configuration is not one of a known family, or the
 *   checkpoint's tensors are not exactly the model's parameters; all differences are reported at once.
 */
export async function loadModel(folder: Folder): Promise<LoadedModel> {
  const json = await readMapping(folder, configFile);
  const setup = checkConfig(json, fileIn(folder, configFile));
  const shapes = new Map([...modelParameters(setup)].map(([name, { shape }]) => [name, shape]));
  const { parameters } = matchParameters(shapes, await loadCheckpoint(folder), setup.checkpoint);
  const generationConfig = (await folder.has(generationConfigFile))
    ? await readMapping(folder, generationConfigFile)
    : generationPart(json);
  return { ...setup, name: folder.name, parameters, generationConfig };
}
