import { type DimLike, input, type Tensor } from '../../graph/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';

/** Tensors by name. */
export type Named = Readonly<Record<string, Tensor>>;

/** Numbers for inputs of a graph, by name. */
export type HostFeeds = Readonly<Record<string, HostTensor>>;

/** Reads inputs that are given, checked; undefined for one that is absent. */
export type ReadInput = (name: string) => HostTensor | undefined;

/** Which numbers an input may hold: from 0 to below a size. */
export interface InputRange {
  /** What they are: `token ids`. */
  readonly what: string;
  readonly below: number;
  /** The field of the configuration that is the size. */
  readonly field?: string;
}

/**
 * One input of a model, or its labels, by the name that Transformers gives it. Tracing, checking and feeding read this
 * table; it is made by a body or a head for one configuration.
 */
export interface InputSpec {
  readonly name: string;
  readonly dtype: 'int32' | 'float';
  /** Symbols are sizes that inputs share: `['batch', 'time']`. */
  readonly shape: readonly DimLike[];
  /** Absent: any number. */
  readonly range?: InputRange | ((read: ReadInput) => InputRange);
  /** Whether it holds only 0 and 1. */
  readonly isMask?: boolean;
  /** Whether −100 is allowed too, which losses ignore. */
  readonly isLabel?: boolean;
  /** The most tokens on its last axis: the number of positions. */
  readonly most?: number;
  /** The usual sizes of symbols that are not lengths of texts: the patches of an image. */
  readonly sizes?: Readonly<Record<string, number>>;
  /**
   * For an input that only longer texts have: the length that a text of so many tokens is padded to, or undefined for a
   * text that is read without it. A model with such an input has several forms; see `forLength`.
   */
  readonly paddedTo?: (tokens: number) => number | undefined;
  /** Refuses numbers for another reason. @throws {InputError} */
  readonly check?: (given: HostTensor, read: ReadInput) => void;
  /**
   * What happens when it is not given: an error; a graph that does not have it; or what it is made from, in which case
   * nothing given may mean an error after all.
   */
  readonly absent: 'refused' | 'optional' | ((read: ReadInput) => HostTensor);
}

/** The inputs of a graph; of optional ones only those in `given`. */
export const graphInputs = (specs: readonly InputSpec[], given: ReadonlySet<string> = new Set()): Named =>
  Object.fromEntries(
    specs
      .filter(({ name, absent }) => absent !== 'optional' || given.has(name))
      .map(({ name, shape, dtype }) => [name, input(name, shape, dtype)]),
  );

/** The size that the numbers of an input are below; undefined if the model does not have the input, or it is not fixed. */
export function inputSize(specs: readonly InputSpec[], name: string): number | undefined {
  const range = specs.find((spec) => spec.name === name)?.range;
  return typeof range === 'object' ? range.below : undefined;
}

/**
 * Whether a model reads which of two texts a token belongs to. Not if it has one type of tokens only, as some RoBERTas
 * have, or if their types are something else, which is optional, as in GPT-2.
 */
export const readsTokenTypes = (specs: readonly InputSpec[]): boolean =>
  specs.some(({ name, absent }) => name === 'token_type_ids' && absent !== 'optional') &&
  (inputSize(specs, 'token_type_ids') ?? 0) > 1;

/** Inputs with those that are made from them. */
export function madeInputs<Given extends HostFeeds>(specs: readonly InputSpec[], given: Given): Given & HostFeeds {
  const made: Record<string, HostTensor> = {};
  const read = (name: string) => given[name] ?? made[name];
  for (const { name, absent } of specs) if (typeof absent === 'function' && !read(name)) made[name] = absent(read);
  return { ...given, ...made };
}

/** An integer tensor of one value. */
export const filled = (shape: readonly number[], value: number): HostTensor => ({
  type: 'int32',
  shape,
  data: new Int32Array(shape.reduce((count, size) => count * size, 1)).fill(value),
});

/** Makes an input of one value in the shape of another. */
export const like =
  (name: string, value: number) =>
  (read: ReadInput): HostTensor =>
    filled(read(name)?.shape ?? [], value);
