import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { familyOf } from '../../models/families/families.ts';
import { modelParameters } from '../../models/families/setup.ts';
import { fieldsReadElsewhere } from '../../models/families/transformers-field.ts';
import { type CostSize, type ModelCost, modelCost } from '../../models/folder/cost.ts';
import { type StoredSummary, storedSummary } from '../../models/folder/file-summary.ts';
import { configFile, type OpenModel, openModel } from '../../models/folder/load.ts';
import type { LoadReport } from '../../models/folder/load-report.ts';
import type { InputSpec } from '../../models/inputs/input-spec.ts';
import type { Parameter, Part } from '../../nn/index.ts';
import { cardMetadata } from '../folder/card-metadata.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import { refuseTokenizerOptions, type TokenizerFolderOptions } from '../folder/tokenizer-folder.ts';
import { type TokenizerSummary, tokenizerSummary } from '../folder/tokenizer-summary.ts';
import { taskNames, taskRow } from '../task-list.ts';
import { hasVocabulary, loadWordReader } from '../token-classification/words/word-reader-folder.ts';

/** A parameter of a model. */
export interface ParameterInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly part: Part | null;
  readonly is_trained: boolean;
}

/** Numbers in the parameters of a model. */
export interface ParameterCounts {
  /** In tables of tokens, positions and token types. */
  readonly embeddings: number;
  readonly without_embeddings: number;
  /** Without buffers, which training leaves as they are. */
  readonly trained: number;
}

/** How the files of a model of a known family differ from its class. */
export type Differences = Pick<LoadReport, 'missing' | 'mismatched' | 'unexpected' | 'buffers'>;

/** A summary of a model folder. What is null needs a known family. */
export interface ModelInfo {
  readonly model_type: string;
  /** Whether Heddle has the family; of any other, it summarises the files alone. */
  readonly is_known_family: boolean;
  /** The Python class that loads it. */
  readonly architecture: string | null;
  readonly task: string | null;
  readonly license: string | null;
  /** Numbers in all parameters and saved buffers; a tied tensor counts once. */
  readonly num_parameters: number;
  readonly parameter_counts: ParameterCounts | null;
  /** Every parameter, by the checkpoint's names. */
  readonly parameters: readonly ParameterInfo[] | null;
  readonly stored: StoredSummary;
  readonly differences: Differences | null;
  /** What it costs; `train` is null for int8 weights, which are not trained. */
  readonly cost: (Omit<ModelCost, 'train'> & { readonly train: ModelCost['train'] | null }) | null;
  readonly config: Readonly<Record<string, unknown>>;
  /** Fields of `config.json` that Heddle does not know. */
  readonly unknown_fields: readonly string[] | null;
  /** Fields of `config.json` that are known and affect no result. */
  readonly neutral_fields: readonly string[] | null;
  readonly generation_config: Readonly<Record<string, unknown>>;
  /** Tokens of the tokenizers, or of the vocabulary; null if there is none. */
  readonly vocabulary: { readonly source: number; readonly target: number } | null;
  readonly tokenizer: { readonly source: TokenizerSummary; readonly target?: TokenizerSummary } | null;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly recipe: Readonly<Record<string, unknown>> | null;
}

/** Options of {@link modelInfo}. */
export interface InfoOptions extends TokenizerFolderOptions {
  /** Tokens of a text, for what a model costs. Default 128, or the number of positions if that is less. */
  readonly length?: number | undefined;
  /** Texts of a batch, for what a model costs. Default 8. */
  readonly batch?: number | undefined;
}

const defaults = { length: 128, batch: 8 };

const mapping = z.record(z.string(), z.unknown());

/** Numbers in parameters that meet a condition. */
const count = (parameters: Iterable<Parameter>, isCounted: (parameter: Parameter) => boolean = () => true): number =>
  [...parameters].filter(isCounted).reduce((total, { shape }) => total + shape.reduce((n, size) => n * size, 1), 0);

const embeddingParts: ReadonlySet<Part | undefined> = new Set<Part>(['table', 'positions', 'types']);

/** The tokens of a folder's tokenizers, or of its vocabulary. */
async function vocabularyOf(
  folder: Folder,
  tokenizer: ModelInfo['tokenizer'],
  options: TokenizerFolderOptions,
): Promise<ModelInfo['vocabulary']> {
  if (tokenizer) {
    const { source, target = source } = tokenizer;
    return { source: source.vocab_size, target: target.vocab_size };
  }
  if (!(await hasVocabulary(folder))) {
    refuseTokenizerOptions(folder, 'a model without a tokenizer', options);
    return null;
  }
  const { size } = await loadWordReader(folder, options);
  return { source: size, target: size };
}

/** Patches of an image of the usual size. */
const patchesOf = (inputs: readonly InputSpec[]): number =>
  inputs.flatMap(({ sizes = {} }) => Object.values(sizes)).reduce((count, size) => count * size, 1);

/** @throws {InputError} for a size that is not a whole number above 0, or longer than the positions. */
function sizeOf({ tokens, model }: OpenModel, { length, batch = defaults.batch }: InfoOptions): CostSize {
  for (const [name, value] of Object.entries({ length, batch })) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw new InputError(`info: ${name}: expected a whole number above 0, got ${value}`);
  }
  if (!tokens) {
    if (length !== undefined) throw new InputError('info: length: not used by a model that reads images; remove it');
    return { length: patchesOf(model.inputs), batch };
  }
  const { maxTokens } = tokens;
  if (length !== undefined && length > maxTokens) {
    throw new InputError(`info: length: expected at most max_position_embeddings = ${maxTokens}, got ${length}`);
  }
  return { length: length ?? Math.min(defaults.length, maxTokens), batch };
}

/** @throws {InputError} for sizes for the cost of a model whose cost is unknown. */
function refuseSizes({ length, batch }: InfoOptions, type: string): void {
  const [name] = Object.entries({ length, batch }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (name === undefined) return;
  throw new InputError(`info: ${name}: not used by a model of an unknown family, "${type}"; remove it`);
}

/** What follows from the model's class. */
function modelPart(model: OpenModel, stored: StoredSummary, options: InfoOptions) {
  const parameters = modelParameters(model);
  const cost = modelCost(model, sizeOf(model, options));
  const all = count(parameters.values());
  const embeddings = count(parameters.values(), ({ part }) => embeddingParts.has(part));
  const own = new Set<string>([...Object.keys(model.config), ...model.unknownFields, ...fieldsReadElsewhere]);
  const { missing, mismatched, unexpected, buffers } = model.report;
  return {
    architecture: model.architecture,
    num_parameters: all,
    parameter_counts: {
      embeddings,
      without_embeddings: all - embeddings,
      trained: count(parameters.values(), ({ isTrained }) => isTrained),
    },
    parameters: [...parameters].map(([name, { shape, part = null, isTrained }]) => ({
      name,
      shape,
      part,
      is_trained: isTrained,
    })),
    differences: { missing, mismatched, unexpected, buffers },
    cost: model.isInt8 ? { ...cost, run: { ...cost.run, weights: stored.bytes }, train: null } : cost,
    config: { ...model.config },
    unknown_fields: model.unknownFields,
    neutral_fields: Object.keys(model.source).filter((name) => !own.has(name)),
    generation_config: model.generationConfig,
  };
}

/** What can be said about the model of a family that Heddle does not have. */
const unknownPart = ({ architectures, ...config }: Readonly<Record<string, unknown>>, stored: StoredSummary) => ({
  architecture: Array.isArray(architectures) && architectures.length > 0 ? String(architectures[0]) : null,
  num_parameters: stored.num_elements,
  parameter_counts: null,
  parameters: null,
  differences: null,
  cost: null,
  config,
  unknown_fields: null,
  neutral_fields: null,
  generation_config: {},
});

/**
 * Reads a model folder and summarises it: its parameters by name, how they are stored, what the model costs, its
 * tokenizer. Of the weights, only the files' headers are read. A folder of another family, with a `config.json` and
 * safetensors files, is summarised as far as these go.
 *
 * @throws {InputError} when it is not a complete model, apart from a new head, or a size is invalid.
 */
export async function modelInfo(folder: Folder, options: InfoOptions = {}): Promise<ModelInfo> {
  const where = fileIn(folder, configFile);
  const config = check(mapping, parseJson(await readText(folder, configFile), where), where);
  const { model_type: type } = config;
  const isKnown = type === undefined || typeof type !== 'string' || familyOf(type) !== undefined;
  if (!isKnown) refuseSizes(options, String(type));
  const opened = isKnown ? await openModel(folder, { allowsNewHead: true }) : undefined;
  await opened?.close();
  const stored = await storedSummary(folder);
  const made = await readHeddleFile(folder);
  const tokenizer = await tokenizerSummary(folder, options);
  return {
    model_type: String(type),
    is_known_family: isKnown,
    task: made?.task ?? taskNames.find((name) => taskRow(name).role === opened?.role) ?? null,
    license: (await cardMetadata(folder)).license ?? null,
    ...(opened ? modelPart(opened, stored, options) : unknownPart(config, stored)),
    stored,
    vocabulary: await vocabularyOf(folder, tokenizer, options),
    tokenizer,
    metrics: made?.metrics ?? {},
    recipe: made?.recipe ?? null,
  };
}
