import { InputError } from '../io/error.ts';
import { applyRules, matchesAny, type NameRule } from './name-rule.ts';

/** How the checkpoints of a family differ from a model's parameters. */
export interface MatchOptions {
  /** Applied in order to the names in the file that are not ignored. */
  readonly rules?: readonly NameRule[] | undefined;
  /** The base model's prefix (`bert`), which names of the file and of the model have or lack, each name by itself. */
  readonly prefix?: string | undefined;
  /** Patterns of names in the file that are not parameters: buffers. */
  readonly ignore?: readonly string[] | undefined;
  /** Patterns of parameters that not every class of the family has: heads, poolers. Those of other classes are unused. */
  readonly heads?: readonly string[] | undefined;
  /** A second name (by the rules) → the parameter it repeats, or supplies if that is missing. */
  readonly tied?: ReadonlyMap<string, string> | undefined;
  /** A parameter → the one whose tensor it takes if the file lacks its own. */
  readonly fallback?: ReadonlyMap<string, string> | undefined;
  /** A second name → the field of `config.json` whose other value unties it; `tie_word_embeddings` when absent. */
  readonly untiedBy?: ReadonlyMap<string, string> | undefined;
}

/** What may differ when a checkpoint is only the start of another model. */
export interface StartOptions {
  /** Whether {@link MatchOptions.heads} may be missing or have other shapes; they are new. */
  readonly allowsNewHead?: boolean | undefined;
  /** A size of the file and its size in the model, where rows are added or dropped: the vocabulary's. */
  readonly resize?: { readonly from: number; readonly to: number } | undefined;
}

/** What a tensor is, without its numbers. */
export interface TensorForm {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** A tensor whose shape in the file is not that of the parameter. */
export interface ShapeDifference {
  readonly name: string;
  readonly found: readonly number[];
  readonly expected: readonly number[];
}

/** How the names in a checkpoint differ from a model's, as far as it is allowed. */
export interface MatchReport {
  /** Parameters that the file lacks; they are new. */
  readonly missing: readonly string[];
  /** Tensors of heads that the class does not have, by the file's names; unused. */
  readonly unexpected: readonly string[];
  /** Parameters of a head that has another size in the file; they are new. */
  readonly mismatched: readonly ShapeDifference[];
  /** Parameters with rows added or dropped. */
  readonly resized: readonly ShapeDifference[];
  /** Tensors that are not parameters, by the file's names. */
  readonly buffers: readonly string[];
}

/** Where the numbers of a parameter are. */
export interface Source extends TensorForm {
  /** The tensor's name in the file. */
  readonly file: string;
  readonly isTransposed: boolean;
}

/** The tensor of every parameter. */
export interface NameMatch {
  /** By the model's names, in the model's order; without those that are new. */
  readonly sources: ReadonlyMap<string, Source>;
  /** Tensors that must hold what another one holds: second name, parameter, tensor. */
  readonly repeats: readonly { readonly alias: string; readonly name: string; readonly source: Source }[];
  readonly report: MatchReport;
}

/** The most names listed in an error before `…`. */
const listedNames = 8;

const listed = (names: readonly string[]): string =>
  `${names.slice(0, listedNames).join(', ')}${names.length > listedNames ? ', …' : ''}`;

/** `2 missing (a, b)`; nothing for an empty list. */
export const counted = (what: string, names: readonly string[]): string[] =>
  names.length > 0 ? [`${names.length} ${what} (${listed(names)})`] : [];

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

/**
 * Finds the tensor of every parameter by name, without reading numbers. Strict: every parameter must be found with its
 * shape and every tensor must be used, unless the options say otherwise.
 *
 * @param expected the model's parameters and their shapes.
 * @param what names the model, for weights of another one: `a BertModel (bert)`.
 * @throws {InputError} that reports all differences at once, e.g.
 *   `checkpoint gpt2: 2 missing (h.11.ln_2.weight, …), 1 unexpected (lm_head.weight), 1 wrong shape (wpe.weight [512, 768], expected [1024, 768])`.
 */
export function matchNames(
  expected: ReadonlyMap<string, readonly number[]>,
  checkpoint: { readonly name: string; readonly tensors: ReadonlyMap<string, TensorForm> },
  options: MatchOptions & StartOptions & { readonly what?: string | undefined } = {},
): NameMatch {
  const {
    rules = [],
    prefix,
    ignore = [],
    heads = [],
    tied = new Map<string, string>(),
    fallback,
    allowsNewHead,
  } = options;
  const anyForm = (name: string, patterns: readonly string[]) =>
    formsOf(name, prefix).some((form) => matchesAny(form, patterns));
  const isKnown = (name: string) => expected.has(name) || expected.has(tied.get(name) ?? '');
  const kept = new Map<string, Source>();
  const buffers: string[] = [];
  for (const [file, { dtype, shape }] of checkpoint.tensors) {
    if (anyForm(file, ignore)) buffers.push(file);
    else kept.set(file, { file, dtype, shape, isTransposed: false });
  }
  const found = applyRules(
    kept,
    rules,
    transposedForm,
    (name) => formsOf(name, prefix).find((form) => isKnown(form)) ?? name,
  );
  const sources = new Map<string, Source>();
  const repeats: NameMatch['repeats'][number][] = [];
  const report = { missing: [] as string[], mismatched: [] as ShapeDifference[], resized: [] as ShapeDifference[] };
  const wrong = { missing: [] as string[], shape: [] as string[], type: [] as string[] };
  const aliases = [...tied].filter(([alias]) => found.has(alias) && !expected.has(alias));
  for (const [name, shape] of expected) {
    const second = aliases.filter(([, of]) => of === name).map(([alias]) => alias);
    const names = [name, ...second].filter((alias) => found.has(alias));
    const other = fallback?.get(name);
    const candidates = (names.length > 0 || other === undefined ? names : [other]).flatMap((alias) => {
      const source = found.get(alias);
      return source ? [{ alias, name, source }] : [];
    });
    const isNewable = allowsNewHead === true && anyForm(name, heads);
    if (candidates.length === 0) (isNewable ? report : wrong).missing.push(name);
    for (const candidate of candidates) {
      const { alias, source } = candidate;
      const difference = { name: alias, found: source.shape, expected: shape };
      if (!isFloat(source)) wrong.type.push(`${alias} ${source.dtype}`);
      else if (isSame(source.shape, shape) || isResized(source.shape, shape, options)) {
        if (!isSame(source.shape, shape)) report.resized.push(difference);
        if (sources.has(name)) repeats.push(candidate);
        else sources.set(name, source);
      } else if (isNewable) report.mismatched.push(difference);
      else wrong.shape.push(`${alias} ${shapeText(source.shape)}, expected ${shapeText(shape)}`);
    }
  }
  const unused = [...found].filter(([name]) => !isKnown(name)).map(([, { file }]) => file);
  const unexpected = unused.filter((name) => !anyForm(name, heads));
  refuse(checkpoint.name, { ...wrong, unexpected }, { expected, options, found: sources.size });
  return {
    sources,
    repeats,
    report: { ...report, unexpected: unused.filter((name) => anyForm(name, heads)), buffers },
  };
}

interface Wrong {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly shape: readonly string[];
  readonly type: readonly string[];
}

/** The most of a model's parameters, as a fraction, that the weights of another family have by chance. */
const byChance = 0.1;

/** @throws {InputError} for all differences, or for weights that belong to another family. */
function refuse(
  checkpoint: string,
  { missing, unexpected, shape, type }: Wrong,
  {
    expected,
    options: { what },
    found,
  }: {
    readonly expected: ReadonlyMap<string, unknown>;
    readonly options: { readonly what?: string | undefined };
    readonly found: number;
  },
): void {
  if (what && unexpected.length > 0 && found <= expected.size * byChance && missing.length >= expected.size / 2) {
    throw new InputError(
      `checkpoint ${checkpoint}: the weights are not those of ${what}: expected tensors such as ${listed(missing.slice(0, 2))}, ` +
        `got ${listed(unexpected.slice(0, 2))}; config.json and the weights seem to come from different models`,
    );
  }
  const differences = [
    ...counted('missing', missing),
    ...counted('unexpected', unexpected),
    ...counted('wrong shape', shape),
    ...counted('not floating-point', type),
  ];
  if (differences.length > 0) throw new InputError(`checkpoint ${checkpoint}: ${differences.join(', ')}`);
}
