import { InputError } from '../io/error.ts';
import type {
  MatchOptions,
  NameMatch,
  Repeat,
  ShapeDifference,
  Source,
  StartOptions,
  TensorForm,
} from './match-options.ts';
import { refuseDifferences } from './match-refusal.ts';
import { applyRules, matchesAny } from './name-rule.ts';

/** `[2, 3]` */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

const isFloat = ({ dtype }: TensorForm): boolean => /^B?F\d+$/.test(dtype);

/** A name as it is, with the prefix, and without it. */
function formsOf(name: string, prefix: string | undefined): string[] {
  if (prefix === undefined) return [name];
  const start = `${prefix}.`;
  return [name, start + name, ...(name.startsWith(start) ? [name.slice(start.length)] : [])];
}

const transposedForm = (source: Source, name: string): Source => {
  const { shape } = source;
  if (shape.length !== 2)
    throw new InputError(`tensor ${name}: expected a matrix to transpose, got shape ${shapeText(shape)}`);
  return { ...source, shape: shape.toReversed(), isTransposed: !source.isTransposed };
};

/** Whether a shape becomes the other by changing one axis from one size to another. */
const isResized = (found: readonly number[], expected: readonly number[], { resize }: StartOptions): boolean => {
  if (!resize || found.length !== expected.length) return false;
  const axes = found.flatMap((size, axis) => (size === expected[axis] ? [] : [axis]));
  return axes.length === 1 && axes.every((axis) => found[axis] === resize.from && expected[axis] === resize.to);
};

/** Whether a shape becomes the other by dropping rows at the end. */
const isLonger = ([found = 0, ...from]: readonly number[], [expected = 0, ...to]: readonly number[]): boolean =>
  found > expected && isSame(from, to);

/** A model's parameters and their shapes. */
type Shapes = ReadonlyMap<string, readonly number[]>;

/** What is matched besides the model. */
interface Tensors {
  /** The folder, for errors. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorForm>;
}

/** Whether a name of a file, in any of its forms, matches one of the patterns. */
const matches = (name: string, patterns: readonly string[], { prefix }: MatchOptions): boolean =>
  formsOf(name, prefix).some((form) => matchesAny(form, patterns));

/** Whether the model has a parameter of this name, or one that it repeats. */
const isKnown = (name: string, expected: Shapes, { tied }: MatchOptions): boolean =>
  expected.has(name) || expected.has(tied?.get(name) ?? '');

/** The tensors by the model's names, those it does not know included, and the buffers. */
function foundIn({ tensors }: Tensors, expected: Shapes, options: MatchOptions) {
  const { rules = [], ignore = [], prefix } = options;
  const kept = new Map<string, Source>();
  const buffers: string[] = [];
  for (const [file, { dtype, shape }] of tensors) {
    if (matches(file, ignore, options)) buffers.push(file);
    else kept.set(file, { file, dtype, shape, isTransposed: false });
  }
  const inModel = (name: string) => formsOf(name, prefix).find((form) => isKnown(form, expected, options)) ?? name;
  return { found: applyRules(kept, rules, transposedForm, inModel), buffers };
}

/** The tensors that a parameter can take: its own, those tied to it, else that of its fallback. */
function candidatesOf(name: string, found: ReadonlyMap<string, Source>, { tied, fallback }: MatchOptions): Repeat[] {
  const aliases = [...(tied ?? [])].filter(([alias, of]) => of === name && alias !== name).map(([alias]) => alias);
  const sources = (names: readonly string[]) =>
    names.flatMap((alias) => {
      const source = found.get(alias);
      return source ? [{ alias, name, source }] : [];
    });
  const own = sources([name, ...aliases]);
  const other = fallback?.get(name);
  return own.length > 0 || other === undefined ? own : sources([other]);
}

/** Names for errors. */
interface Named {
  /** The model: `BertModel (model_type bert)`. */
  readonly what?: string | undefined;
  /** The class that the folder was saved by, if it is another. */
  readonly savedBy?: string | undefined;
}

/**
 * Finds the tensor of every parameter by name, without reading numbers. Strict: every parameter must be found with its
 * shape and every tensor must be used, unless the options say otherwise.
 *
 * @throws {InputError} that reports all differences at once, e.g.
 *   `checkpoint gpt2: 2 missing (h.11.ln_2.weight, …), 1 unexpected (lm_head.weight), 1 wrong shape (wpe.weight [512, 768], expected [1024, 768])`.
 */
export function matchNames(
  expected: Shapes,
  checkpoint: Tensors,
  options: MatchOptions & StartOptions & Named = {},
): NameMatch {
  const { heads = [], longTables = [], remade = [], allowsNewHead = false, what, savedBy } = options;
  const { found, buffers } = foundIn(checkpoint, expected, options);
  const sources = new Map<string, Source>();
  const repeats: Repeat[] = [];
  const report = { missing: [] as string[], mismatched: [] as ShapeDifference[], resized: [] as ShapeDifference[] };
  const wrong = { missing: [] as string[], shape: [] as string[], type: [] as string[] };
  for (const [name, shape] of expected) {
    const candidates = candidatesOf(name, found, options);
    const mayBeNew = allowsNewHead && matches(name, heads, options);
    const mayBeLong = matches(name, longTables, options);
    const other = remade.find((one) => matches(name, [one.name], options));
    const isFitting = (found: readonly number[]): boolean =>
      other
        ? isSame(found, other.from)
        : isSame(found, shape) || isResized(found, shape, options) || (mayBeLong && isLonger(found, shape));
    if (candidates.length === 0 && !options.buffers?.has(name)) (mayBeNew ? report : wrong).missing.push(name);
    for (const candidate of candidates) {
      const { alias, source } = candidate;
      const difference = { name: alias, found: source.shape, expected: shape };
      if (!isFloat(source)) wrong.type.push(`${alias} ${source.dtype}`);
      else if (isFitting(source.shape)) {
        if (other || !isSame(source.shape, shape)) report.resized.push(difference);
        if (sources.has(name)) repeats.push(candidate);
        else sources.set(name, other ? { ...source, make: other.make } : source);
      } else if (mayBeNew) report.mismatched.push(difference);
      else wrong.shape.push(`${alias} ${shapeText(source.shape)}, expected ${shapeText(shape)}`);
    }
  }
  const unused = [...found].filter(([name]) => !isKnown(name, expected, options)).map(([, { file }]) => file);
  const isHead = (file: string) => matches(file, heads, options);
  refuseDifferences(
    { ...wrong, unexpected: unused.filter((file) => !isHead(file)) },
    { checkpoint: checkpoint.name, what, savedBy, expected: expected.size, found: sources.size },
  );
  return { sources, repeats, report: { ...report, unexpected: unused.filter(isHead), buffers } };
}
