import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { otherPoolingFlags, type PoolingMode, poolingModeNames, poolingModes } from './pooling-mode.ts';

/** How an encoder makes one vector of a text. */
export interface SentenceForm {
  readonly pooling: PoolingMode;
  /** Whether vectors have length 1. */
  readonly normalize: boolean;
}

/** What a folder of sentence-transformers says besides the model. */
export interface SentenceFolder extends SentenceForm {
  /** The most tokens of a text; absent if only the model limits them. */
  readonly maxTokens?: number | undefined;
}

/** The steps from a text to its vector. */
export const modulesFile = 'modules.json';
/** How texts are read. */
const readerFile = 'sentence_bert_config.json';
/** Prompts, and what made the folder. */
const promptFile = 'config_sentence_transformers.json';

const modules = z.array(z.looseObject({ path: z.string().default(''), type: z.string() })).min(1);

const poolingConfig = z.looseObject({
  word_embedding_dimension: z.int().optional(),
  embedding_dimension: z.int().optional(),
  pooling_mode: z.union([z.string(), z.array(z.string())]).optional(),
});

const readerConfig = z.looseObject({
  max_seq_length: z.int().min(2).nullish(),
  do_lower_case: z.boolean().nullish(),
});

const promptConfig = z.looseObject({
  default_prompt_name: z.string().nullish(),
  prompts: z.record(z.string(), z.string()).nullish(),
});

async function readJson<S extends z.ZodType>(folder: Folder, file: string, schema: S): Promise<z.output<S>> {
  const where = fileIn(folder, file);
  return check(schema, parseJson(await readText(folder, file), where), where);
}

const readIfThere = async <S extends z.ZodType>(folder: Folder, file: string, schema: S) =>
  (await folder.has(file)) ? readJson(folder, file, schema) : undefined;

/**
 * The files of a folder that say how its encoder makes vectors; none if it is not one of sentence-transformers.
 *
 * @throws {InputError} for a module outside the folder.
 */
export async function sentenceFilesIn(folder: Folder): Promise<readonly string[]> {
  const steps = await readIfThere(folder, modulesFile, modules);
  if (!steps) return [];
  const own = steps.map(({ path }) => path).filter((path) => path !== '');
  const outside = own.find((path) => /[\\/:\0]/.test(path) || path === '.' || path === '..');
  if (outside !== undefined) {
    throw new InputError(
      `${fileIn(folder, modulesFile)}: path: expected the name of a folder, got ${JSON.stringify(outside)}`,
    );
  }
  return [modulesFile, readerFile, promptFile, ...own.map((path) => `${path}/config.json`)];
}

/** The last part of a module's class: `sentence_transformers.models.Pooling` is a `Pooling`. */
const kindOf = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

/** The pooling of a `1_Pooling/config.json`, in the form of any version. @throws {InputError} for another or several. */
async function readPooling(folder: Folder, file: string, width: number): Promise<PoolingMode> {
  const where = fileIn(folder, file);
  const config = await readJson(folder, file, poolingConfig);
  const dimension = config.embedding_dimension ?? config.word_embedding_dimension ?? width;
  if (dimension !== width) {
    throw new InputError(`${where}: expected vectors of the model's width ${width}, got ${dimension}`);
  }
  const flags = [...poolingModeNames.map((name) => poolingModes[name].flag), ...otherPoolingFlags];
  const set = flags.filter((flag) => config[flag] === true);
  const old = set.length > 0 ? set : [poolingModes.mean.flag];
  const given = config.pooling_mode === undefined ? old : [config.pooling_mode].flat();
  const known = poolingModeNames.find((name) =>
    ([poolingModes[name].mode, poolingModes[name].flag] as string[]).includes(given[0] ?? ''),
  );
  if (known && given.length === 1) return known;
  const modes = poolingModeNames.map((name) => poolingModes[name].mode).join(', ');
  throw new InputError(`${where}: expected one pooling_mode of ${modes}, got ${given.join(' and ') || 'none'}`);
}

/** @throws {InputError} when texts get a prompt by default. */
async function refusePrompt(folder: Folder): Promise<void> {
  const config = await readIfThere(folder, promptFile, promptConfig);
  const name = config?.default_prompt_name;
  if (typeof name !== 'string' || config?.prompts?.[name] === '') return;
  throw new InputError(
    `${fileIn(folder, promptFile)}: default_prompt_name: expected none, got ${JSON.stringify(name)}; write the prompt into the texts and set it to null`,
  );
}

/** @throws {InputError} when texts are changed before the tokenizer. */
async function readMaxTokens(folder: Folder): Promise<number | undefined> {
  const config = await readIfThere(folder, readerFile, readerConfig);
  if (config?.do_lower_case) {
    throw new InputError(
      `${fileIn(folder, readerFile)}: do_lower_case: expected false, got true; set it in tokenizer_config.json instead`,
    );
  }
  return config?.max_seq_length ?? undefined;
}

/**
 * What a folder of sentence-transformers says about sentence vectors; undefined for a folder without `modules.json`.
 *
 * @param width of the model's vectors.
 * @throws {InputError} for other modules than a Transformer, its pooling and a norm, for a pooling that Heddle does not
 *   have, or for texts that are changed before they are read.
 */
export async function readSentenceFolder(folder: Folder, width: number): Promise<SentenceFolder | undefined> {
  const steps = await readIfThere(folder, modulesFile, modules);
  if (!steps) return undefined;
  const kinds = steps.map(({ type }) => kindOf(type)).join(', ');
  const [transformer, pooling, norm] = steps;
  if (!/^Transformer, Pooling(, Normalize)?$/.test(kinds) || !transformer || !pooling || transformer.path !== '') {
    const got = transformer?.path ? `${kinds} with the Transformer in ${transformer.path}` : kinds;
    throw new InputError(
      `${fileIn(folder, modulesFile)}: expected the modules Transformer, Pooling and perhaps Normalize, got ${got}`,
    );
  }
  await refusePrompt(folder);
  return {
    pooling: await readPooling(folder, `${pooling.path}/config.json`, width),
    normalize: norm !== undefined,
    maxTokens: await readMaxTokens(folder),
  };
}

const jsonText = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The files with which sentence-transformers reads a model folder, in the form that all of its versions know.
 *
 * @param width of the model's vectors.
 */
export function sentenceFiles(
  { pooling, normalize, maxTokens }: SentenceFolder,
  width: number,
): Record<string, string> {
  const kinds = ['Transformer', 'Pooling', ...(normalize ? ['Normalize'] : [])];
  const steps = kinds.map((kind, idx) => ({
    ...{ idx, name: String(idx), path: idx === 0 ? '' : `${idx}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  }));
  const flags = [...poolingModeNames.map((name) => poolingModes[name].flag), ...otherPoolingFlags];
  const chosen = Object.fromEntries(flags.map((flag) => [flag, flag === poolingModes[pooling].flag]));
  return {
    [modulesFile]: jsonText(steps),
    '1_Pooling/config.json': jsonText({ word_embedding_dimension: width, ...chosen }),
    ...(normalize && { '2_Normalize/config.json': jsonText({}) }),
    [readerFile]: jsonText({ max_seq_length: maxTokens ?? null, do_lower_case: false }),
  };
}
