import { InputError } from '../io/error.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { MatchOptions, MatchReport, Repeat, Source } from './match-options.ts';
import { counted } from './match-refusal.ts';
import { matchNames } from './name-match.ts';
import { applyRules, inverted, type NameRule } from './name-rule.ts';
import { resized } from './resize.ts';
import { isSameData } from './same-data.ts';
import { float32Data, float32Tensor, type Tensor } from './tensor.ts';

/** The parameters of a model, read from a checkpoint. */
export interface MatchedParameters {
  /** By the model's names, in the model's order. */
  readonly parameters: Map<string, Float32Array>;
  readonly report: MatchReport;
}

/** `[rows, columns]` → `[columns, rows]` */
function transposed(from: Float32Array, shape: readonly number[]): Float32Array {
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2) throw new RangeError(`expected a matrix to transpose, got shape [${shape.join(', ')}]`);
  const to = new Float32Array(from.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j]!;
  return to;
}

function transposedTensor(tensor: Tensor, name: string): Tensor {
  return float32Tensor(tensor.shape.toReversed(), transposed(float32Data(tensor, name), tensor.shape));
}

/** The numbers of a parameter as float32, in the model's orientation and shape. */
export function sourceData(source: Source, tensor: Tensor, expected = source.shape): Float32Array {
  const { isTransposed, file, shape, make } = source;
  const stored = float32Data(tensor, file);
  const data = isTransposed ? transposed(stored, tensor.shape) : stored;
  return make ? make(data) : resized(data, shape, expected);
}

/** The error for tensors that should repeat others and do not; names the field that unties each, if there is one. */
export function refuseUntied(name: string, differing: readonly Repeat[], { untiedBy }: MatchOptions): void {
  if (differing.length === 0) return;
  const pairs = differing.map((one) => `${one.alias} ≠ ${one.name}`);
  const untying = differing.map(({ alias }) => (untiedBy?.has(alias) ? untiedBy.get(alias) : 'tie_word_embeddings'));
  const fields = [...new Set(untying.filter((field) => typeof field === 'string'))];
  const settings = fields.map((field) => `"${field}": false`).join(' and ');
  const remedy = settings ? `to keep them apart, set ${settings} in config.json` : 'the family has one table for them';
  throw new InputError(`checkpoint ${name}: ${counted('tied but different', pairs).join()}; ${remedy}`);
}

/**
 * Matches a checkpoint's tensors with the model's parameters, as float32; see {@link matchNames}.
 *
 * @throws {InputError} that reports all differences at once; when tied tensors differ.
 */
export function matchParameters(
  expected: ReadonlyMap<string, readonly number[]>,
  checkpoint: Pick<Checkpoint, 'name' | 'tensors'>,
  options: MatchOptions = {},
): MatchedParameters {
  const { sources, repeats, report } = matchNames(expected, checkpoint, options);
  const read = (source: Source): Float32Array => {
    const tensor = checkpoint.tensors.get(source.file);
    if (!tensor) throw new Error(`checkpoint: expected the tensor ${source.file}`);
    return sourceData(source, tensor);
  };
  const parameters = new Map([...sources].map(([name, source]) => [name, read(source)]));
  const differing = repeats.filter(({ name, source }) => !isSameData(parameters.get(name)!, read(source)));
  refuseUntied(checkpoint.name, differing, options);
  return { parameters, report };
}

/** A model's parameters as its checkpoint stores them: the rules applied in reverse, without old names. */
export function checkpointTensors(
  parameters: ReadonlyMap<string, Tensor>,
  rules: readonly NameRule[] = [],
): Map<string, Tensor> {
  return applyRules(parameters, inverted(rules), transposedTensor);
}

/** Weights that are no numbers make every result one. @throws {InputError} that names the first. */
export function refuseNonFinite(checkpoint: string, file: string, data: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const at = data.findIndex((x) => !Number.isFinite(x));
  throw new InputError(`checkpoint ${checkpoint}: ${file}: expected finite numbers, got ${data[at]} at element ${at}`);
}
