import type { LoweredModel } from '../../onnx/index.ts';
import type {
  Backend,
  CompileOptions,
  EngineTensor,
  Feeds,
  HostTensor,
  NodeAssignment,
  Program,
} from '../../runtime/backend.ts';
import { inLanes } from '../../runtime/queue/in-lanes.ts';
import { checkBf16 } from '../../runtime/with-bf16.ts';
import { clipFactor, globalNorm } from '../optimizers/clip.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { RandomBytes } from '../random/random-bytes.ts';
import type { BatchSource } from './micro-batch.ts';
import { Preparation, type PreparedUpdate } from './preparation.ts';
import { laneCount } from './shard-plan.ts';
import { nextName, type TrainGraphs } from './train-graph.ts';
import { hostScalar, type Piece, type TrainState, type Values } from './train-state.ts';

/** What one update did. */
export interface UpdateResult extends Omit<PreparedUpdate, 'batches'> {
  /** The sum of the loss's terms, each its mean over what counts, before the update. */
  readonly loss: number;
  /** Global norm of the gradients before clipping; absent without clipping. */
  readonly gradNorm?: number;
}

/** What an updater works with. */
export interface UpdaterParts {
  readonly graphs: TrainGraphs;
  readonly optimizer: Optimizer;
  readonly state: TrainState;
  readonly source: BatchSource;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  /** Micro-batches per update. */
  readonly accumulationSteps: number;
  /** Threads inside an operator; default: the engine's. There are as many shards as the state has gradients. */
  readonly threads?: number;
  /**
   * Whether the gradients are computed in bfloat16, on an engine that has it. Weights, gradients in memory, their norm and
   * the optimizer stay float32. Default false.
   */
  readonly usesBf16?: boolean | undefined;
}

type Results = Readonly<Record<string, HostTensor | EngineTensor>>;

/**
 * Runs updates: the gradients of every micro-batch, then the optimizer over all parameters, piece by piece. The batches
 * and random bytes of the next update are prepared while the engine works on this one.
 *
 * With several shards, the parts of a batch run in parallel lanes, each with its own sessions. This helps small
 * networks, whose operators gain little from more threads. A free lane takes the next shard, so the
 * number of lanes only decides when a shard runs. The lanes share the pieces too, because threads are idle between two
 * runs of one session.
 */
export class Updater {
  readonly #parts: UpdaterParts;
  readonly #lanes: readonly Lane[];
  readonly #preparation: Preparation;
  #next: Promise<PreparedUpdate> | null = null;

  private constructor(parts: UpdaterParts, lanes: readonly Lane[], preparation: Preparation) {
    this.#parts = parts;
    this.#lanes = lanes;
    this.#preparation = preparation;
  }

  /** @throws {InputError} when the gradients cannot be computed in bfloat16 as asked. */
  static async make(parts: UpdaterParts): Promise<Updater> {
    const { graphs, backend, accumulationSteps, state, threads, usesBf16 = false } = parts;
    if (usesBf16) checkBf16(backend, 'train.bf16');
    const shards = state.gradients.length;
    const gradients = graphs.gradients(accumulationSteps > 1, backend);
    const norm = graphs.maxGradNorm > 0 ? graphs.norm(shards) : undefined;
    const update = graphs.update(shards);
    const compiled: Program[] = [];
    const compile = async ({ bytes }: LoweredModel, options: CompileOptions) => {
      const program = await backend.compile(bytes, { threads, ...options });
      compiled.push(program);
      return program;
    };
    const makeLane = async (): Promise<Lane> => ({
      gradients: await compile(gradients, { usesBf16 }),
      ...(norm && { norm: await compile(norm, { usesPlugin: false }) }),
      // Passes over memory, in float32 on every engine.
      update: await compile(update, { usesPlugin: false }),
    });
    try {
      const lanes = await ended(Array.from({ length: laneCount({ shards, threads }, backend) }, makeLane));
      const { inputs } = gradients;
      return new Updater(
        parts,
        lanes,
        new Preparation({ ...parts, shards, inputs, randoms: graphs.randoms, draws: graphs.draws }),
      );
    } catch (error) {
      for (const program of compiled) await program.dispose();
      throw error;
    }
  }

  /** Which nodes of the gradients a plugin runs; absent if the engine is none, or none of them. */
  get assignment(): NodeAssignment | undefined {
    return this.#lanes[0]?.gradients.assignment;
  }

  /** Makes update number `update` (from 1) with a learning rate. */
  async run(update: number, learningRate: number, isLast: boolean): Promise<UpdateResult> {
    const { batches, ...prepared } = await (this.#next ?? this.#preparation.make(update));
    const running = this.#run(batches, update, learningRate);
    this.#next = isLast ? null : this.#preparation.make(update + 1);
    // Its failure is thrown where it is awaited; without this line Node would report it first if the run fails too.
    this.#next?.catch(() => undefined);
    return { ...prepared, ...(await running) };
  }

  async dispose(): Promise<void> {
    for (const lane of this.#lanes) for (const program of Object.values(lane)) await program.dispose();
  }

  async #run(
    batches: readonly (readonly Feeds[])[],
    update: number,
    learningRate: number,
  ): Promise<Pick<UpdateResult, 'loss' | 'gradNorm'>> {
    const { state, optimizer } = this.#parts;
    const loss = await this.#gradients(batches);
    const pieces = state.pieces.filter(({ group: { from = 0 } }) => update > from);
    const clip = await this.#clip(pieces);
    await inLanes(this.#lanes, pieces, async ({ values, gradients, group }, { update: program }) => {
      const { rate, decay, from = 0 } = group;
      const scalars = Object.entries(optimizer.scalars(update - from, learningRate * rate, decay));
      const fed = Object.fromEntries(scalars.map(([name, x]) => [`scalar/${name}`, hostScalar(x)]));
      const next = renamed(values);
      writeInto(next, await program.run(wanted(program, values, gradients, fed, clip?.fed ?? {}), { into: next }));
    });
    return { loss, ...(clip && { gradNorm: clip.norm }) };
  }

  /** Computes the shards' gradients; returns the loss. */
  async #gradients(batches: readonly (readonly Feeds[])[]): Promise<number> {
    const { state, accumulationSteps } = this.#parts;
    const isAdding = accumulationSteps > 1;
    let loss = 0;
    if (isAdding) state.clearGradients();
    for (const parts of batches) {
      if (!isAdding) state.clearGradients(parts.length);
      const losses: number[] = [];
      await inLanes(this.#lanes, parts.entries(), async ([shard, feeds], { gradients: program }) => {
        const gradients = state.gradients[shard];
        if (!gradients) {
          throw new RangeError(
            `train: expected a batch in at most ${state.gradients.length} parts, got ${parts.length}`,
          );
        }
        const into = renamed(gradients);
        const results = await program.run(wanted(program, state.parameters, gradients, feeds), { into });
        writeInto(into, results);
        losses[shard] = numberOf(results, 'loss');
      });
      for (const part of losses) loss += part;
    }
    return loss;
  }

  /** With clipping: the norm of the gradients in these pieces and the factor that the update takes; see `clip.ts`. */
  async #clip(pieces: readonly Piece[]) {
    const { graphs } = this.#parts;
    const programs = this.#lanes.flatMap(({ norm }) => norm ?? []);
    if (programs.length === 0) return undefined;
    const parts: number[] = [];
    await inLanes(programs, pieces.entries(), async ([i, { gradients }], program) => {
      parts[i] = numberOf(await program.run(gradients), 'part');
    });
    const norm = globalNorm(parts);
    return { norm, fed: { gradient_scale: hostScalar(clipFactor(norm, graphs.maxGradNorm)) } };
  }
}

/** Sessions of a lane, so that it can run in parallel with others. */
interface Lane {
  readonly gradients: Program;
  /** Only with clipping. */
  readonly norm?: Program;
  readonly update: Program;
}

/** The results of all promises, once none is pending. @throws the error of the first, in order, that failed. */
async function ended<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** Values renamed to the outputs that replace them. */
const renamed = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, tensor]) => [nextName(name), tensor]));

/** Copies results that the engine did not write in place. */
function writeInto(into: Values, results: Results): void {
  for (const [name, { data }] of Object.entries(into)) {
    const found = results[name] as HostTensor;
    if (found.data !== data) data.set(found.data as Float32Array);
  }
}

/** The values that a program reads. */
function wanted(program: Program, ...values: readonly Results[]): Feeds {
  const inputs = new Set(program.inputs);
  return Object.fromEntries(values.flatMap((some) => Object.entries(some).filter(([name]) => inputs.has(name))));
}

/** The single number of a result. */
const numberOf = (results: Results, name: string): number => Number((results[name] as HostTensor).data[0]);
