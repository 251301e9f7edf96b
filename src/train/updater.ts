import type { LoweredModel } from '../onnx/index.ts';
import type { Backend, Feeds, HostTensor, Program } from '../runtime/backend.ts';
import type { BatchSource } from './micro-batch.ts';
import type { Optimizer } from './optimizer.ts';
import { Preparation, type PreparedUpdate } from './preparation.ts';
import type { RandomBytes } from './random-bytes.ts';
import type { TrainGraphs } from './train-graph.ts';
import { hostScalar, type TrainState } from './train-state.ts';

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

/** One program that updates, or one that adds up gradients and one that updates from them. */
type Programs = { readonly step: Program } | { readonly accumulate: Program; readonly apply: Program };

/** Runs updates; the next one's batches and random bytes are made while the engine works on this one. */
export class Updater {
  readonly #programs: Programs;
  readonly #preparation: Preparation;
  readonly #parts: UpdaterParts;
  #next: Promise<PreparedUpdate> | null = null;

  private constructor(parts: UpdaterParts, programs: Programs, inputs: LoweredModel['inputs']) {
    this.#parts = parts;
    this.#programs = programs;
    this.#preparation = new Preparation({ ...parts, inputs, randoms: parts.graphs.randoms });
  }

  static async make(parts: UpdaterParts): Promise<Updater> {
    const { graphs, backend, accumulationSteps, state } = parts;
    if (accumulationSteps === 1) {
      const step = graphs.step();
      return new Updater(parts, { step: await backend.compile(step.bytes) }, step.inputs);
    }
    state.makeGradients();
    const accumulate = graphs.accumulate();
    const programs = {
      accumulate: await backend.compile(accumulate.bytes),
      apply: await backend.compile(graphs.apply().bytes),
    };
    return new Updater(parts, programs, accumulate.inputs);
  }

  /** Makes update number `update` (from 1) at a learning rate. */
  async run(update: number, learningRate: number, isLast: boolean): Promise<UpdateResult> {
    const prepared = await (this.#next ?? this.#preparation.make(update));
    const scalars = Object.entries(this.#parts.optimizer.scalars(update, learningRate));
    const running = this.#run(
      prepared,
      Object.fromEntries(scalars.map(([name, x]) => [`scalar/${name}`, hostScalar(x)])),
    );
    this.#next = isLast ? null : this.#preparation.make(update + 1);
    // Whoever awaits it next hears of its failure; without this line Node would, should the run fail first.
    this.#next?.catch(() => undefined);
    const { batches: _, ...told } = prepared;
    return { ...told, ...(await running) };
  }

  async dispose(): Promise<void> {
    for (const program of Object.values<Program>(this.#programs)) await program.dispose();
  }

  async #run({ batches }: PreparedUpdate, scalars: Feeds): Promise<Pick<UpdateResult, 'loss' | 'gradNorm'>> {
    const { state } = this.#parts;
    const programs = this.#programs;
    if ('step' in programs) {
      const feeds = wanted(programs.step, state.feeds, batches[0], scalars);
      const results = await programs.step.run(feeds, { into: state.into });
      state.advance(results);
      return { loss: first(results.loss), ...normOf(results) };
    }
    const { accumulate, apply } = programs;
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
    return { loss, ...normOf(results) };
  }
}

/** Those of the values that a program reads: an update knows nothing of frozen parameters. */
function wanted(program: Program, ...values: readonly Feeds[]): Feeds {
  const all: Feeds = Object.assign({}, ...values);
  return Object.fromEntries(program.inputs.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]]));
}

const normOf = ({ grad_norm: norm }: Readonly<Record<string, unknown>>) =>
  norm === undefined ? {} : { gradNorm: first(norm) };

const first = (tensor: unknown): number => Number((tensor as HostTensor).data[0]);
