import { reportAll } from '../io/error.ts';
import type { Parameter } from '../nn/index.ts';
import type { Feeds, HostTensor, RunOptions } from '../runtime/backend.ts';
import { float32Data, float32Tensor, type Tensor } from '../weights/tensor.ts';
import type { Optimizer } from './optimizer.ts';
import { uniformFrom } from './random-bytes.ts';
import { gradientName, nextName, slotName } from './train-graph.ts';

type Values = Record<string, HostTensor>;

/** Zeros in memory of their own, which engines may write in place. */
export function hostZeros(shape: readonly number[]): HostTensor & { readonly data: Float32Array } {
  const count = shape.reduce((n, size) => n * size, 1);
  return { type: 'float32', shape, data: new Float32Array(new ArrayBuffer(count * 4)) };
}

/** One number, []. */
export function hostScalar(value: number): HostTensor {
  const tensor = hostZeros([]);
  tensor.data[0] = value;
  return tensor;
}

/**
 * What training changes: parameters and the optimizer's state.
 *
 * A run reads a parameter while it computes the next, so parameters have two buffers that swap; the optimizer's state
 * is read once before it is written, so it is updated in place.
 */
export class TrainState {
  readonly parameters: Values = {};
  readonly slots: Values = {};
  readonly gradients: Values = {};
  readonly #spare: Values = {};
  readonly #trained: readonly string[];

  constructor(parameters: ReadonlyMap<string, Parameter>, trained: readonly string[], optimizer: Optimizer) {
    this.#trained = trained;
    for (const [name, { shape }] of parameters) this.parameters[name] = hostZeros(shape);
    for (const name of trained) {
      const { shape } = parameters.get(name) as Parameter;
      this.#spare[name] = hostZeros(shape);
      for (const slot of optimizer.slots) this.slots[slotName(slot, name)] = hostZeros(shape);
    }
  }

  /** Draws every parameter from its initializer; a name's draws depend on the seed and the name alone. */
  initialize(parameters: ReadonlyMap<string, Parameter>, seed: number): void {
    for (const [name, { shape, initializer }] of parameters) {
      (this.parameters[name].data as Float32Array).set(initializer(shape, uniformFrom(seed, name)));
    }
  }

  /** Buffers that collect gradients over micro-batches. */
  makeGradients(): void {
    for (const name of this.#trained) this.gradients[gradientName(name)] = hostZeros(this.parameters[name].shape);
  }

  clearGradients(): void {
    for (const { data } of Object.values(this.gradients)) (data as Float32Array).fill(0);
  }

  /** Where a run that adds gradients writes. */
  get intoGradients(): RunOptions['into'] {
    return Object.fromEntries(Object.entries(this.gradients).map(([name, tensor]) => [nextName(name), tensor]));
  }

  /** Takes over the results of a run that adds gradients. */
  advanceGradients(results: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(this.gradients)) this.gradients[name] = results[nextName(name)] as HostTensor;
  }

  /** Feeds of a run that updates. */
  get feeds(): Feeds {
    return { ...this.parameters, ...this.slots };
  }

  /** Where an updating run writes. */
  get into(): RunOptions['into'] {
    const into: Values = {};
    for (const name of this.#trained) into[nextName(name)] = this.#spare[name];
    for (const [name, tensor] of Object.entries(this.slots)) into[nextName(name)] = tensor;
    return into;
  }

  /** Takes over the results of an updating run. */
  advance(results: Readonly<Record<string, unknown>>): void {
    for (const name of this.#trained) {
      const next = results[nextName(name)] as HostTensor;
      if (next.data === this.#spare[name].data) this.#spare[name] = this.parameters[name];
      this.parameters[name] = next;
    }
    for (const name of Object.keys(this.slots)) this.slots[name] = results[nextName(name)] as HostTensor;
  }

  /** Parameters by name, to save or to evaluate; they change with the next update. */
  get weights(): Map<string, Float32Array> {
    return new Map(Object.entries(this.parameters).map(([name, { data }]) => [name, data as Float32Array]));
  }

  /**
   * Replaces every parameter.
   *
   * @throws {InputError} when they are not this model's; tells every difference.
   */
  load(weights: ReadonlyMap<string, Float32Array>, file: string): void {
    replace(this.parameters, weights, file);
  }

  /** The optimizer's state as tensors of a file. */
  get optimizerTensors(): Map<string, Tensor> {
    return new Map(
      Object.entries(this.slots).map(([name, { shape, data }]) => [name, float32Tensor(shape, data as Float32Array)]),
    );
  }

  /**
   * Replaces the optimizer's state.
   *
   * @throws {InputError} when it is not this optimizer's; tells every difference.
   */
  loadOptimizer(tensors: ReadonlyMap<string, Tensor>, file: string): void {
    const unknown = [...tensors.keys()].filter((name) => !Object.hasOwn(this.slots, name));
    replace(
      this.slots,
      new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name)])),
      file,
      unknown,
    );
  }
}

function replace(
  values: Values,
  saved: ReadonlyMap<string, Float32Array>,
  file: string,
  unknown: readonly string[] = [],
): void {
  const violations = unknown.map((name) => `expected no ${name}, got one`);
  for (const [name, { shape, data }] of Object.entries(values)) {
    const found = saved.get(name);
    if (found?.length === data.length) (data as Float32Array).set(found);
    else violations.push(`expected ${name} [${shape.join(', ')}], got ${found ? `${found.length} numbers` : 'none'}`);
  }
  if (violations.length) throw reportAll(file, violations);
}
