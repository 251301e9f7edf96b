import { type RandomStream, randomStream } from '../data/batch/shuffle.ts';
import type { Backend, HostTensor } from '../runtime/backend.ts';
import { optimizer as makeOptimizer, type OptimizerConfig } from '../train/optimizers/optimizers.ts';
import { learningRateAt, type ScheduleName } from '../train/optimizers/schedule.ts';
import { nodeRandomBytes } from '../train/random/random-bytes-node.ts';
import type { BatchSource } from '../train/update/micro-batch.ts';
import { type LossTrace, trainGraphs } from '../train/update/train-graph.ts';
import { TrainState } from '../train/update/train-state.ts';
import { Updater } from '../train/update/updater.ts';
import type { Weights } from './weights.ts';

/** A training of a small model on generated batches. */
export interface FitPlan {
  /** The mean loss of a batch over a scope; its inputs are the feeds of `batch`. */
  readonly loss: LossTrace;
  /** A batch, drawn from a random stream that depends only on the seed and the step. `step` counts from 1. */
  batch(random: RandomStream, step: number): Readonly<Record<string, HostTensor>>;
  readonly steps: number;
  /** Peak learning rate, or one per seed. */
  readonly learningRate: number | readonly number[];
  /** `constant_with_warmup` when absent. */
  readonly schedule?: ScheduleName;
  /** A tenth of the steps when absent. */
  readonly warmupSteps?: number;
  /** Largest global norm of the gradients, 1 when absent; 0: no clipping. */
  readonly maxGradNorm?: number;
  /** Overrides of Adam with β₂ = 0.98 and no weight decay. */
  readonly optimizer?: Partial<OptimizerConfig>;
}

/** The result of a training. */
export interface Fit {
  readonly seed: number;
  readonly weights: Weights;
  /** The loss of every step, before its update. */
  readonly losses: readonly number[];
}

const adam: OptimizerConfig = {
  optim: 'adamw_torch',
  adam_beta1: 0.9,
  adam_beta2: 0.98,
  adam_epsilon: 1e-9,
  weight_decay: 0,
};

/** Each step has its own random stream, so that no step depends on how much the previous one drew. */
class MadeUpBatches implements BatchSource {
  readonly batchesInEpoch = Number.MAX_SAFE_INTEGER;
  readonly #batch: FitPlan['batch'];
  #seed = 0;
  #step = 0;

  constructor(batch: FitPlan['batch']) {
    this.#batch = batch;
  }

  get position() {
    return { epoch: 0, batch: this.#step };
  }

  restart(seed: number): void {
    this.#seed = seed;
    this.#step = 0;
  }

  next() {
    this.#step++;
    return { feeds: this.#batch(randomStream(this.#seed, this.#step), this.#step), counts: {}, tokens: 0 };
  }
}

/**
 * Trains a model once per seed with the trainer's own graphs, which are compiled once for all seeds.
 *
 * `report` receives the share done, in [0, 1], and the current seed. Dropout uses `seed` too.
 */
export async function fit(
  backend: Backend,
  plan: FitPlan,
  seeds: readonly number[],
  report: (share: number, seed: number) => void = () => undefined,
): Promise<readonly Fit[]> {
  const { steps, schedule = 'constant_with_warmup', warmupSteps = Math.round(plan.steps / 10), maxGradNorm = 1 } = plan;
  const optimizer = makeOptimizer({ ...adam, ...plan.optimizer });
  const graphs = trainGraphs(plan.loss, { optimizer, maxGradNorm });
  const state = new TrainState(graphs, { optimizer, group: (_, { shape }) => ({ decay: shape.length > 1, rate: 1 }) });
  const source = new MadeUpBatches(plan.batch);
  let bytes = nodeRandomBytes(0);
  const randomBytes = { fill: (...given: Parameters<typeof bytes.fill>) => bytes.fill(...given) };
  const updater = await Updater.make({ graphs, optimizer, state, source, backend, randomBytes, accumulationSteps: 1 });
  const { learningRate } = plan;
  // Schedules count from 0 and start a warm-up with a rate of 0: counting from 1, no update is wasted.
  const rateOf = (index: number) =>
    learningRateAt({
      lr_scheduler_type: schedule,
      learning_rate: typeof learningRate === 'number' ? learningRate : learningRate[index],
      warmup_steps: warmupSteps,
      max_steps: steps + 1,
    });
  try {
    const fits: Fit[] = [];
    for (const [index, seed] of seeds.entries()) {
      state.initialize(graphs.parameters, seed);
      for (const { data } of Object.values(state.slots)) data.fill(0);
      source.restart(seed);
      bytes = nodeRandomBytes(seed);
      const losses: number[] = [];
      const rate = rateOf(index);
      for (let step = 1; step <= steps; step++) {
        const { loss } = await updater.run(step, rate(step), step === steps);
        losses.push(loss);
        report((index + step / steps) / seeds.length, seed);
      }
      fits.push({ seed, weights: copied(state), losses });
    }
    return fits;
  } finally {
    await updater.dispose();
  }
}

/** A copy of the weights; the state changes with the next seed. */
const copied = ({ parameters }: TrainState): Weights =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { type: 'float32', shape, data: data.slice() }]),
  );
