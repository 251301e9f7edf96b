import { reportAll } from '../../io/error.ts';
import type { Parameter } from '../../nn/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { elementCount, float32Data, float32Tensor, type Tensor } from '../../weights/tensor.ts';
import type { WeightStore } from '../../weights/weight-store.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Grouping, ParameterGroup } from '../optimizers/parameter-group.ts';
import { uniformFrom } from '../random/random-bytes.ts';
import { gradientName, shardName, type TrainGraphs } from './train-graph.ts';

/** float32 tensors that are written repeatedly. */
export type Values = Record<string, HostTensor & { readonly data: Float32Array }>;

/** Numbers that one run updates, all [count]. */
export interface Piece {
  /** What changes: `parameter` and the optimizer's slots. */
  readonly values: Values;
  /** The shards' gradients: `gradient`, `gradient.1`, … */
  readonly gradients: Values;
  /** That of all its parameters. */
  readonly group: ParameterGroup;
}

/** What the memory of a training depends on besides its graphs. */
export interface TrainStateOptions {
  readonly optimizer: Optimizer;
  /** How the optimizer treats each trained parameter. */
  readonly group: Grouping;
  /**
   * The most numbers in a piece; default 2¹⁹, or 2¹⁸ with several shards, whose lanes share the pieces. Every
   * elementwise node of an update is a pass over memory; after the first pass, the piece is in the processor's cache.
   * But many small pieces need many runs.
   */
  readonly pieceSize?: number | undefined;
  /** Gradients per batch, one for each part; default 1. */
  readonly shards?: number | undefined;
}

const float32 = (shape: readonly number[], data: Float32Array) => ({ type: 'float32', shape, data }) as const;

/** A view of the memory that begins at `from` and has this shape. */
const part = (memory: Float32Array, from: number, shape: readonly number[]) =>
  float32(shape, memory.subarray(from, from + elementCount(shape)));

/** One number, []. */
export const hostScalar = (value: number): HostTensor => float32([], Float32Array.of(value));

/**
 * What a training holds: all parameters, and for those that it changes gradients and the optimizer's state.
 *
 * The trained parameters are consecutive in one block of memory, group by group, those with weight decay first; so are
 * the gradients and each slot. So an update needs no names.
 */
export class TrainState {
  readonly parameters: Values = {};
  /** One per shard. */
  readonly gradients: readonly Values[];
  /** `state/SLOT/PARAMETER`. */
  readonly slots: Values = {};
  readonly pieces: readonly Piece[];

  constructor(
    { parameters, trained }: Pick<TrainGraphs, 'parameters' | 'trained'>,
    { optimizer, group, shards = 1, pieceSize = shards > 1 ? 2 ** 18 : 2 ** 19 }: TrainStateOptions,
  ) {
    const isTrained = new Set(trained);
    const inMemory = [...parameters].filter(([name]) => isTrained.has(name));
    const { begins, ranges, total } = layOut(inMemory, group, pieceSize);
    const memories = (rows: readonly string[]) => rows.map((row) => [row, new Float32Array(total)] as const);
    const numbers = new Float32Array(total);
    const slots = memories(optimizer.slots);
    const gradients = memories(Array.from({ length: shards }, (_, shard) => shardName(shard)));
    this.pieces = ranges.map(({ from, to, group }) => {
      const cut = (rows: ReturnType<typeof memories>): Values =>
        Object.fromEntries(rows.map(([row, memory]) => [row, part(memory, from, [to - from])]));
      return { values: cut([['parameter', numbers], ...slots]), gradients: cut(gradients), group };
    });
    const byShard = gradients.map(([, memory]) => ({ memory, values: {} as Values }));
    this.gradients = byShard.map(({ values }) => values);
    for (const [name, { shape }] of parameters) {
      const from = begins.get(name);
      if (from === undefined) {
        this.parameters[name] = float32(shape, new Float32Array(elementCount(shape)));
        continue;
      }
      this.parameters[name] = part(numbers, from, shape);
      for (const { memory, values } of byShard) values[gradientName(name)] = part(memory, from, shape);
      for (const [slot, memory] of slots) this.slots[`state/${slot}/${name}`] = part(memory, from, shape);
    }
  }

  /**
   * Draws every parameter from its initializer; the draws depend only on the seed and the parameter's name.
   *
   * @throws {RangeError} when a name is not a parameter of this model.
   */
  initialize(parameters: ReadonlyMap<string, Parameter>, seed: number): void {
    for (const [name, { shape, initializer }] of parameters) {
      const tensor = this.parameters[name];
      if (!tensor) throw new RangeError(`initialize: expected a parameter of this model, got ${name}`);
      tensor.data.set(initializer(shape, uniformFrom(seed, name)));
    }
  }

  /**
   * Takes the weights to start from, one at a time, and returns their names: all except those that are new.
   *
   * @throws {InputError} when they do not match this model; lists every difference.
   */
  async start(weights: WeightStore): Promise<Set<string>> {
    const taken = new Set<string>();
    const violations: string[] = [];
    for (const name of weights.names) {
      if (weights.origin(name) === 'new') continue;
      taken.add(name);
      const own = Object.hasOwn(this.parameters, name) ? this.parameters[name] : undefined;
      if (!own) {
        violations.push(`expected no ${name}, got one`);
        continue;
      }
      const numbers = await weights.read(name);
      if (numbers.length === own.data.length) own.data.set(numbers);
      else violations.push(`expected ${own.data.length} numbers for ${name}, got ${numbers.length}`);
    }
    if (violations.length) throw reportAll('weights to start from', violations);
    return taken;
  }

  /** Sets the gradients of the shards from `shard` on to zero. */
  clearGradients(shard = 0): void {
    for (const { gradients } of this.pieces) {
      for (const { data } of Object.values(gradients).slice(shard)) data.fill(0);
    }
  }

  /** Parameters by name, to save or evaluate; they change with the next update. */
  get weights(): Map<string, Float32Array> {
    return new Map(Object.entries(this.parameters).map(([name, { data }]) => [name, data]));
  }

  /**
   * Replaces every parameter.
   *
   * @throws {InputError} when they do not match this model; lists every difference.
   */
  load(weights: ReadonlyMap<string, Tensor>, file: string): void {
    replace(this.parameters, weights, file);
  }

  /** The optimizer's state as tensors for a file. */
  get optimizerTensors(): Map<string, Tensor> {
    return new Map(Object.entries(this.slots).map(([name, { shape, data }]) => [name, float32Tensor(shape, data)]));
  }

  /**
   * Replaces the optimizer's state.
   *
   * @throws {InputError} when it does not match this optimizer; lists every difference.
   */
  loadOptimizer(tensors: ReadonlyMap<string, Tensor>, file: string): void {
    const unknown = [...tensors.keys()].filter((name) => !Object.hasOwn(this.slots, name));
    replace(this.slots, tensors, file, unknown);
  }
}

/** Parameters by equal groups, those with weight decay first, then in order. @throws {RangeError} for a rate below 0. */
function byGroup(parameters: readonly (readonly [string, Parameter])[], groupOf: Grouping) {
  const groups = new Map<string, { readonly group: ParameterGroup; readonly members: [string, Parameter][] }>();
  for (const [name, parameter] of parameters) {
    const { decay, rate, from = 0 } = groupOf(name, parameter);
    if (!(rate >= 0 && rate < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`train: expected a rate from 0 for the group of ${name}, got ${rate}`);
    }
    const key = `${decay} ${rate} ${from}`;
    const same = groups.get(key) ?? { group: { decay, rate, from }, members: [] };
    same.members.push([name, parameter]);
    groups.set(key, same);
  }
  return [...groups.values()].sort((a, b) => Number(b.group.decay) - Number(a.group.decay));
}

/**
 * The offsets of parameters in one block of memory, and the ranges that are updated together: at most `most` numbers of
 * one group.
 */
function layOut(parameters: readonly (readonly [string, Parameter])[], groupOf: Grouping, most: number) {
  const begins = new Map<string, number>();
  const ranges: { readonly from: number; readonly to: number; readonly group: ParameterGroup }[] = [];
  let total = 0;
  for (const { group, members } of byGroup(parameters, groupOf)) {
    const begin = total;
    for (const [name, { shape }] of members) {
      begins.set(name, total);
      total += elementCount(shape);
    }
    for (let from = begin; from < total; from += most) ranges.push({ from, to: Math.min(total, from + most), group });
  }
  return { begins, ranges, total };
}

function replace(
  values: Values,
  saved: ReadonlyMap<string, Tensor>,
  file: string,
  unknown: readonly string[] = [],
): void {
  const violations = unknown.map((name) => `expected no ${name}, got one`);
  for (const [name, { shape, data }] of Object.entries(values)) {
    const found = saved.get(name);
    if (found?.shape.join() === shape.join()) data.set(float32Data(found, name));
    else
      violations.push(`expected ${name} [${shape.join(', ')}], got ${found ? `[${found.shape.join(', ')}]` : 'none'}`);
  }
  if (violations.length) throw reportAll(file, violations);
}
