import { InputError } from '../io/error.ts';
import type { Checkpoint } from './checkpoint.ts';
import { applyRules, inverted, matchesAny, type NameRule } from './name-rule.ts';
import { float32Data, float32Tensor, type Tensor } from './tensor.ts';

/** How the checkpoints of a family differ from the model's parameters. */
export interface MatchOptions {
  /** Applied in order to the names in the file that are not ignored. */
  readonly rules?: readonly NameRule[] | undefined;
  /** Patterns of names in the file that are not parameters: buffers, heads that the model does not have. */
  readonly ignore?: readonly string[] | undefined;
  /** A second name (by the rules) → the parameter it repeats, or supplies if that is missing. */
  readonly tied?: ReadonlyMap<string, string> | undefined;
  /** Patterns of parameters that can be missing in the file: a new head. */
  readonly newlyInitialized?: readonly string[] | undefined;
}

/** The parameters of a model, read from a checkpoint. */
export interface MatchedParameters {
  /** By the model's names, in the model's order; without those that are newly initialized. */
  readonly parameters: Map<string, Float32Array>;
  readonly newlyInitialized: readonly string[];
  /** Names in the file that a pattern excludes. */
  readonly ignored: readonly string[];
}

/** The most names listed in an error before `…`. */
const listedNames = 8;

function counted(what: string, details: readonly string[]): string[] {
  if (details.length === 0) return [];
  const rest = details.length > listedNames ? ', …' : '';
  return [`${details.length} ${what} (${details.slice(0, listedNames).join(', ')}${rest})`];
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** `[rows, columns]` → `[columns, rows]` */
function transposedTensor(tensor: Tensor, name: string): Tensor {
  const [rows, columns, ...more] = tensor.shape;
  if (rows === undefined || columns === undefined || more.length > 0) {
    throw new InputError(`tensor ${name}: expected a matrix to transpose, got shape ${shapeText(tensor.shape)}`);
  }
  const from = float32Data(tensor, name);
  const to = new Float32Array(from.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j]!;
  return float32Tensor([columns, rows], to);
}

function isSameData(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/**
 * Matches a checkpoint's tensors with the model's parameters, as float32. Strict: every parameter must be found with
 * its shape and every tensor must be used, unless a pattern says otherwise.
 *
 * @param expected the model's parameters and their shapes.
 * @throws {InputError} that reports all differences at once, e.g.
 *   `checkpoint gpt2: 2 missing (h.11.ln_2.weight, …), 1 unexpected (lm_head.weight), 1 wrong shape (wpe.weight [512, 768], expected [1024, 768])`.
 */
export function matchParameters(
  expected: ReadonlyMap<string, readonly number[]>,
  checkpoint: Pick<Checkpoint, 'name' | 'tensors'>,
  { rules = [], ignore = [], tied = new Map(), newlyInitialized = [] }: MatchOptions = {},
): MatchedParameters {
  const kept = new Map([...checkpoint.tensors].filter(([name]) => !matchesAny(name, ignore)));
  const found = applyRules(kept, rules, transposedTensor);
  const aliases = new Map([...tied].filter(([alias]) => found.has(alias) && !expected.has(alias)));
  const parameters = new Map<string, Float32Array>();
  const wrong = { missing: [] as string[], shape: [] as string[], type: [] as string[], untied: [] as string[] };
  const absent: string[] = [];
  for (const [name, shape] of expected) {
    const names = [name, ...[...aliases].filter(([, parameter]) => parameter === name).map(([alias]) => alias)];
    const candidates = names.filter((one) => found.has(one));
    if (candidates.length === 0) (matchesAny(name, newlyInitialized) ? absent : wrong.missing).push(name);
    for (const candidate of candidates) {
      const tensor = found.get(candidate)!;
      if (!isSameShape(tensor.shape, shape)) {
        wrong.shape.push(`${candidate} ${shapeText(tensor.shape)}, expected ${shapeText(shape)}`);
        continue;
      }
      if (!/^B?F\d+$/.test(tensor.dtype)) {
        wrong.type.push(`${candidate} ${tensor.dtype}`);
        continue;
      }
      const data = float32Data(tensor, candidate);
      const first = parameters.get(name);
      if (!first) parameters.set(name, data);
      else if (!isSameData(first, data)) wrong.untied.push(`${candidate} ≠ ${name}`);
    }
  }
  const unexpected = [...found.keys()].filter((name) => !expected.has(name) && !aliases.has(name));
  const differences = [
    ...counted('missing', wrong.missing),
    ...counted('unexpected', unexpected),
    ...counted('wrong shape', wrong.shape),
    ...counted('not floating-point', wrong.type),
    ...counted('tied but different', wrong.untied),
  ];
  if (differences.length > 0) throw new InputError(`checkpoint ${checkpoint.name}: ${differences.join(', ')}`);
  const ignored = [...checkpoint.tensors.keys()].filter((name) => !kept.has(name));
  return { parameters, newlyInitialized: absent, ignored };
}

/** A model's parameters as its checkpoint stores them: the rules applied in reverse, without old names. */
export function checkpointTensors(
  parameters: ReadonlyMap<string, Tensor>,
  rules: readonly NameRule[] = [],
): Map<string, Tensor> {
  return applyRules(parameters, inverted(rules), transposedTensor);
}
