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
  /** Passes over the data behind this update, a part of one as a fraction. */
  readonly epoch: number;
}

/** Micro-batches of one update, complete with scale and random bytes. */
interface Prepared extends Pick<UpdateResult, 'labels' | 'position' | 'epoch'> {
  readonly batches: readonly Feeds[];
}

/**
 * Runs updates; the next one's batches and random bytes are made while the engine works on this one.
 *
 * As in Transformers, an update's batches come from one epoch: the last update of an epoch may have fewer.
 */
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
      Object.entries(this.#parts.optimizer.scalars(update, learningRate)).map(([name, x]) => [
        `scalar/${name}`,
        scalar(x),
      ]),
    );
    const running = this.#step ? this.#runStep(this.#step, prepared, scalars) : this.#runAccumulated(prepared, scalars);
    this.#next = isLast ? null : this.#prepare(update + 1);
    // Whoever awaits it next hears of its failure; without this line Node would, should the run fail first.
    this.#next?.catch(() => undefined);
    const { batches: _, ...told } = prepared;
    return { ...told, ...(await running) };
  }

  async dispose(): Promise<void> {
    for (const program of [this.#step, this.#accumulate, this.#apply]) await program?.dispose();
  }

  async #runStep(program: Program, { batches: [batch] }: Prepared, scalars: Feeds) {
    const { state } = this.#parts;
    const results = await program.run(wanted(program, state.feeds, batch, scalars), { into: state.into });
    state.advance(results);
    return outcome(first(results.loss), results);
  }

  async #runAccumulated({ batches }: Prepared, scalars: Feeds) {
    const { state } = this.#parts;
    const [accumulate, apply] = [this.#accumulate as Program, this.#apply as Program];
    state.clearGradients();
    let loss = 0;
    for (const batch of batches) {
      const feeds = wanted(accumulate, state.feeds, state.gradients, batch);
      const results = await accumulate.run(feeds, { into: state.intoGradients });
      state.advanceGradients(results);
      loss += first(results.loss);
    }
    const results = await apply.run(wanted(apply, state.feeds, state.gradients, scalars), { into: state.into });
    state.advance(results);
    return outcome(loss, results);
  }

  async #prepare(update: number): Promise<Prepared> {
    const { source, graphs } = this.#parts;
    const { micro, ...told } = this.#take(source);
    const loss_scale = scalar(1 / told.labels);
    const batches: Feeds[] = [];
    for (const [index, batch] of micro.entries()) {
      const random = graphs.randoms.size ? await this.#random(batch, update, index) : {};
      batches.push({ ...batch.feeds, ...random, loss_scale });
    }
    return { batches, ...told };
  }

  /** The micro-batches of one update. */
  #take(source: BatchSource) {
    const { epoch } = source.position;
    const { batchesInEpoch } = source;
    const micro: MicroBatch[] = [];
    while (micro.length < this.#parts.accumulationSteps && source.position.epoch === epoch) micro.push(source.next());
    const labels = micro.reduce((sum, batch) => sum + batch.labels, 0);
    const { position } = source;
    const share = position.epoch === epoch ? position.batch / batchesInEpoch : 1;
    return { micro, labels, position, epoch: epoch + share };
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
    if (!memory || memory.length < count)
      this.#buffers.set(key, (memory = new Uint8Array(new ArrayBuffer(Math.ceil(count * 1.2)))));
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

/** Those of the values that a program reads: an update knows nothing of frozen parameters. */
function wanted(program: Program, ...values: readonly Feeds[]): Feeds {
  const all: Feeds = Object.assign({}, ...values);
  return Object.fromEntries(program.inputs.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]));
}

const outcome = (loss: number, { grad_norm }: Readonly<Record<string, unknown>>) =>
  grad_norm === undefined ? { loss } : { loss, gradNorm: first(grad_norm) };

const first = (tensor: unknown): number => Number((tensor as HostTensor).data[0]);
