import type { Backend, EngineTensor, Feeds, HostTensor, Program } from '../runtime/backend.ts';
import type { BatchSource } from './micro-batch.ts';
import type { Optimizer } from './optimizer.ts';
import { Preparation, type PreparedUpdate } from './preparation.ts';
import type { RandomBytes } from './random-bytes.ts';
import { nextName, type TrainGraphs } from './train-graph.ts';
import { hostScalar, type TrainState, type Values } from './train-state.ts';

/** What one update did. */
export interface UpdateResult extends Omit<PreparedUpdate, 'batches'> {
  /** Mean over the labels that count of the smoothed loss before the update. */
  readonly loss: number;
  /** Global norm of the gradients before clipping; absent without clipping. */
  readonly gradNorm?: number;
}

export interface UpdaterParts {
  readonly graphs: TrainGraphs;
  readonly optimizer: Optimizer;
  readonly state: TrainState;
  readonly source: BatchSource;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  /** Micro-batches of an update. */
  readonly accumulationSteps: number;
}

type Results = Readonly<Record<string, HostTensor | EngineTensor>>;

/**
 * Runs updates: gradients of every micro-batch, then the optimizer over all parameters piece by piece. The next update's
 * batches and random bytes are made while the engine works on this one.
 */
export class Updater {
  readonly #parts: UpdaterParts;
  readonly #gradients: Program;
  readonly #update: Program;
  readonly #preparation: Preparation;
  #next: Promise<PreparedUpdate> | null = null;

  private constructor(parts: UpdaterParts, gradients: Program, update: Program, preparation: Preparation) {
    this.#parts = parts;
    this.#gradients = gradients;
    this.#update = update;
    this.#preparation = preparation;
  }

  static async make(parts: UpdaterParts): Promise<Updater> {
    const { graphs, backend, accumulationSteps } = parts;
    const { bytes, inputs } = graphs.gradients(accumulationSteps > 1);
    const update = await backend.compile(graphs.update().bytes);
    const gradients = await backend.compile(bytes).catch(async (error: unknown) => {
      await update.dispose();
      throw error;
    });
    return new Updater(parts, gradients, update, new Preparation({ ...parts, inputs, randoms: graphs.randoms }));
  }

  /** Makes update number `update` (from 1) at a learning rate. */
  async run(update: number, learningRate: number, isLast: boolean): Promise<UpdateResult> {
    const { batches, ...told } = await (this.#next ?? this.#preparation.make(update));
    const running = this.#run(batches, update, learningRate);
    this.#next = isLast ? null : this.#preparation.make(update + 1);
    // Whoever awaits it next hears of its failure; without this line Node would, should the run fail first.
    this.#next?.catch(() => undefined);
    return { ...told, ...(await running) };
  }

  async dispose(): Promise<void> {
    await this.#gradients.dispose();
    await this.#update.dispose();
  }

  async #run(
    batches: readonly Feeds[],
    update: number,
    learningRate: number,
  ): Promise<Pick<UpdateResult, 'loss' | 'gradNorm'>> {
    const { state, optimizer, accumulationSteps } = this.#parts;
    const program = this.#gradients;
    const into = renamed(state.gradients);
    if (accumulationSteps > 1) state.clearGradients();
    let loss = 0;
    let results: Results = {};
    for (const batch of batches) {
      results = await program.run(wanted(program, state.parameters, state.gradients, batch), { into });
      writeInto(into, results);
      loss += first(results.loss);
    }
    for (const { values, hasDecay } of state.pieces) {
      const scalars = Object.entries(optimizer.scalars(update, learningRate, hasDecay));
      const fed = Object.fromEntries(scalars.map(([name, x]) => [`scalar/${name}`, hostScalar(x)]));
      const { gradient: _, ...changed } = values;
      const next = renamed(changed);
      writeInto(next, await this.#update.run(wanted(this.#update, values, fed, results), { into: next }));
    }
    return { loss, ...(results.grad_norm && { gradNorm: first(results.grad_norm) }) };
  }
}

/** Values under the names of the outputs that replace them. */
const renamed = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, tensor]) => [nextName(name), tensor]));

/** Copies results that the engine did not write in place. */
function writeInto(into: Values, results: Results): void {
  for (const [name, { data }] of Object.entries(into)) {
    const found = results[name] as HostTensor;
    if (found.data !== data) data.set(found.data as Float32Array);
  }
}

/** Those of the values that a program reads. */
function wanted(program: Program, ...values: readonly Results[]): Feeds {
  const all: Feeds = Object.assign({}, ...values);
  return Object.fromEntries(program.inputs.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]));
}

const first = (tensor: HostTensor | EngineTensor): number => Number((tensor as HostTensor).data[0]);
