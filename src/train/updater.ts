import { bindShapes, concreteShape, type Tensor } from '../graph/index.ts';
import type { LoweredModel } from '../onnx/index.ts';
import type { Backend, Feeds, HostTensor, Program } from '../runtime/backend.ts';
import type { BatchSource, DataPosition, MicroBatch } from './micro-batch.ts';
import type { Optimizer } from './optimizer.ts';
import type { RandomBytes } from './random-bytes.ts';
import type { TrainGraphs } from './train-graph.ts';
import { hostZeros, type TrainState } from './train-state.ts';

/** What one update did. */
export interface UpdateResult {
  /** Mean over the labels that count of the smoothed loss before the update. */
  readonly loss: number;
  readonly gradNorm?: number;
  readonly labels: number;
  /** Where the data stand behind this update. */
  readonly position: DataPosition;
}

/** Micro-batches of one update, complete with scale and random bytes. */
interface Prepared {
  readonly batches: readonly Feeds[];
  readonly labels: number;
  readonly position: DataPosition;
}

/** Runs updates; the next one's batches and random bytes are made while the engine works on this one. */
export class Updater {
  readonly #step: Program | null;
  readonly #accumulate: Program | null;
  readonly #apply: Program | null;
  readonly #inputs: ReadonlyMap<string, Tensor>;
  readonly #parts: UpdaterParts;
  readonly #buffers = new Map<string, Uint8Array>();
  #next: Promise<Prepared> | null = null;

  private constructor(parts: UpdaterParts, programs: (Program | null)[], inputs: ReadonlyMap<string, Tensor>) {
    this.#parts = parts;
    [this.#step, this.#accumulate, this.#apply] = programs;
    this.#inputs = inputs;
    if (this.#accumulate) parts.state.makeGradients();
  }

  static async make(parts: UpdaterParts): Promise<Updater> {
    const { graphs, backend, accumulationSteps } = parts;
    const compile = ({ bytes }: LoweredModel) => backend.compile(bytes);
    if (accumulationSteps === 1) {
      const step = graphs.step();
      return new Updater(parts, [await compile(step), null, null], step.inputs);
    }
    const accumulate = graphs.accumulate();
    return new Updater(parts, [null, await compile(accumulate), await compile(graphs.apply())], accumulate.inputs);
  }

  /** Makes update number `update` (from 1) at a learning rate. */
  async run(update: number, learningRate: number, isLast: boolean): Promise<UpdateResult> {
    const prepared = await (this.#next ?? this.#prepare(update));
    const scalars: Feeds = Object.fromEntries(
      Object.entries(this.#parts.optimizer.scalars(update, learningRate)).map(([name, x]) => [`scalar/${name}`, scalar(x)]),
    );
    const running = this.#step ? this.#runStep(this.#step, prepared, scalars) : this.#runAccumulated(prepared, scalars);
    this.#next = isLast ? null : this.#prepare(update + 1);
    const { loss, gradNorm } = await running;
    return { loss, gradNorm, labels: prepared.labels, position: prepared.position };
  }

  async dispose(): Promise<void> {
    for (const program of [this.#step, this.#accumulate, this.#apply]) await program?.dispose();
  }

  async #runStep(program: Program, { batches: [batch] }: Prepared, scalars: Feeds) {
    const { state } = this.#parts;
    const results = await program.run({ ...state.feeds, ...batch, ...scalars }, { into: state.into });
    state.advance(results);
    return { loss: first(results.loss), gradNorm: results.grad_norm && first(results.grad_norm) };
  }

  async #runAccumulated({ batches }: Prepared, scalars: Feeds) {
    const { state } = this.#parts;
    state.clearGradients();
    let loss = 0;
    for (const batch of batches) {
      const feeds = { ...state.parameters, ...state.gradients, ...batch };
      const results = await (this.#accumulate as Program).run(feeds, { into: state.gradients });
      for (const name of Object.keys(state.gradients)) state.gradients[name] = results[name] as HostTensor;
      loss += first(results.loss);
    }
    const feeds = { ...state.feeds, ...state.gradients, ...scalars };
    const results = await (this.#apply as Program).run(feeds, { into: state.into });
    state.advance(results);
    return { loss, gradNorm: results.grad_norm && first(results.grad_norm) };
  }

  async #prepare(update: number): Promise<Prepared> {
    const { source, accumulationSteps, graphs } = this.#parts;
    const micro = Array.from({ length: accumulationSteps }, () => source.next());
    const { position } = source;
    const labels = micro.reduce((sum, batch) => sum + batch.labels, 0);
    const batches: Feeds[] = [];
    for (const [index, batch] of micro.entries()) {
      const random = graphs.randoms.size ? await this.#random(batch, update, index) : {};
      batches.push({ ...batch.feeds, ...random, loss_scale: scalar(1 / labels) });
    }
    return { batches, labels, position };
  }

  async #random(batch: MicroBatch, update: number, index: number): Promise<Record<string, HostTensor>> {
    const fed = new Map([...this.#inputs].filter(([name]) => batch.feeds[name]));
    const binding = bindShapes(fed, new Map(Object.entries(batch.feeds).map(([name, { shape }]) => [name, shape])));
    const made: Record<string, HostTensor> = {};
    for (const [name, tensor] of this.#parts.graphs.randoms) {
      const shape = concreteShape(tensor.shape, binding);
      const count = shape.reduce((n, size) => n * size, 1);
      const data = this.#buffer(`${name} ${index} ${update % 2}`, count);
      await this.#parts.randomBytes.fill(name, update, index, data);
      made[name] = { type: 'uint8', shape, data };
    }
    return made;
  }

  /** Memory for random bytes, used again every second update: one is read by the engine while the other is filled. */
  #buffer(key: string, count: number): Uint8Array {
    let memory = this.#buffers.get(key);
    if (!memory || memory.length < count) this.#buffers.set(key, (memory = new Uint8Array(new ArrayBuffer(Math.ceil(count * 1.2)))));
    return memory.subarray(0, count);
  }
}

export interface UpdaterParts {
  readonly graphs: TrainGraphs;
  readonly optimizer: Optimizer;
  readonly state: TrainState;
  readonly source: BatchSource;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  readonly accumulationSteps: number;
}

function scalar(value: number): HostTensor {
  const tensor = hostZeros([]);
  tensor.data[0] = value;
  return tensor;
}

const first = (tensor: unknown): number => Number((tensor as HostTensor).data[0]);
