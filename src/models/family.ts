import { z } from 'zod';
import { inspectValue, violationError } from '../io/check.ts';
import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import { type Parameter, Trace } from '../nn/index.ts';
import type { MatchOptions } from '../weights/parameter-match.ts';
import { traceSequenceToSequence } from './forward-graph.ts';
import type { MarianConfig } from './marian-config.ts';
import { marianFamily } from './marian-family.ts';
import type { SequenceToSequenceModel } from './sequence-to-sequence.ts';
import { transformersFields } from './transformers-field.ts';

/** A checked configuration, its defaults filled in. */
export type ModelConfig = MarianConfig;

/** The tokens that a model takes and gives. */
export interface TokenRange {
  /** Ids of the source are below this. */
  readonly sourceVocabulary: number;
  /** Ids of the target, and so labels, are below this. */
  readonly targetVocabulary: number;
  /** Most tokens of a source or a target: positions that the model has. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
}

/** A configuration and what follows from it. */
export interface ModelSetup {
  readonly config: ModelConfig;
  readonly model: SequenceToSequenceModel;
  readonly tokens: TokenRange;
  /** The Python class that loads the checkpoint, `config.json`'s `architectures`. */
  readonly architecture: string;
  /** How the checkpoint's names lead to the model's parameters. */
  readonly checkpoint: MatchOptions;
  /** Names under which a checkpoint repeats a parameter, for readers that do not tie it: name → parameter. */
  readonly copies: ReadonlyMap<string, string>;
  /** Fields that a family's own `generation_config.json` starts from. */
  readonly generationDefaults: Readonly<Record<string, unknown>>;
}

/** One row of the table of families: everything that is particular to a `model_type`. */
export interface FamilyRow<C extends ModelConfig> {
  readonly config: z.ZodObject & z.ZodType<C>;
  /** What Transformers means by a field that a `config.json` leaves out. */
  readonly fileDefaults: Readonly<Record<string, unknown>>;
  /** Fields of the family's files that nothing reads, besides {@link transformersFields}. */
  readonly idleFields: readonly string[];
  readonly setup: (config: C) => Omit<ModelSetup, 'config'>;
}

const families = { marian: marianFamily } satisfies Record<string, FamilyRow<ModelConfig>>;

/** Every `model_type` that is understood. */
export const modelTypes: readonly string[] = Object.keys(families);

const isModelType = (name: unknown): name is keyof typeof families =>
  typeof name === 'string' && Object.hasOwn(families, name);

const typed = z.looseObject({ model_type: z.string() });

/**
 * Checks a configuration and says what follows from it.
 *
 * With `isStrict`, for recipes, every field must be known and defaults are Heddle's. Without, for a `config.json` that
 * Transformers wrote, what is left out means what it means there, and fields that are not the family's are passed
 * over, unless one is so near to a field's name that it is a slip.
 *
 * @param where names the origin in errors, or gives it for a field.
 * @throws {InputError} everything wrong at once: an unknown `model_type` or activation (the known ones are listed), an
 *   unknown field, a value out of range, heads that do not divide the width, token ids outside the vocabulary.
 */
export function checkConfig(
  json: unknown,
  where: string | ((path: readonly PropertyKey[]) => string),
  { isStrict = false }: { readonly isStrict?: boolean } = {},
): ModelSetup {
  const head = inspectValue(typed, json);
  if (!head.value) throw violationError(head.violations, where);
  const { model_type: type } = head.value;
  if (!isModelType(type)) {
    const place = typeof where === 'string' ? where : where(['model_type']);
    const near = didYouMean(type, modelTypes);
    throw new InputError(`${place}: model_type: expected one of ${modelTypes.join(', ')}, got "${type}"${near}`);
  }
  const { config: schema, fileDefaults, idleFields, setup } = families[type];
  const value = isStrict ? head.value : { ...fileDefaults, ...ownFields(head.value, schema.shape, idleFields) };
  const result = inspectValue(schema, value);
  if (!result.value) throw violationError(result.violations, where);
  return { config: result.value, ...setup(result.value) };
}

/** The fields of a file that are the family's, or a slip of the pen. */
function ownFields(
  json: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, unknown>>,
  idleFields: readonly string[],
): Record<string, unknown> {
  const known = Object.keys(shape);
  const isForeign = (field: string) =>
    !Object.hasOwn(shape, field) &&
    (transformersFields.has(field) || idleFields.includes(field) || didYouMean(field, known) === '');
  return Object.fromEntries(Object.entries(json).filter(([field]) => !isForeign(field)));
}

/** Every parameter of a model by the checkpoint's name, in the order in which a forward pass meets them. */
export function modelParameters(model: SequenceToSequenceModel): ReadonlyMap<string, Parameter> {
  const trace = new Trace();
  traceSequenceToSequence(trace, model, {});
  return trace.parameters;
}
