import { InputError } from '../io/error.ts';
import { updatesOf } from './complete-arguments.ts';
import { learningRateAt } from './optimizers/schedule.ts';
import type { Weights } from './run/average.ts';
import { Checkpoints, stateFile, stateText } from './run/checkpoint.ts';
import { BestMetric } from './run/early-stopping.ts';
import { refuseNonFinite } from './run/finite.ts';
import { freshState, type TrainerState } from './run/trainer-state.ts';
import { TrainingLog } from './run/training-log.ts';
import type { Training } from './training.ts';
import { beginningPlan, resumedPlan } from './update/shard-plan.ts';
import type { TrainState } from './update/train-state.ts';
import { TrainingSetup } from './update/training-setup.ts';
import { Updater } from './update/updater.ts';

/**
 * Trains, or resumes from the newest checkpoint, and writes the final model at the folder's root: the average of the
 * last checkpoints if `average_last` is set, else the best by `metric_for_best_model`, else the last.
 *
 * @throws {InputError} when the checkpoint is damaged or belongs to another model, another optimizer or other data, or when
 *   the weights to start from do not match the model.
 * @throws {Error} when the loss or the gradients are not finite; earlier checkpoints stay.
 * @throws the reason of `signal` when it is aborted; the training can be resumed from where it stopped.
 */
export async function train(training: Training): Promise<{ state: TrainerState; weights: Weights }> {
  const run = await TrainingRun.open(training);
  try {
    training.signal?.throwIfAborted();
    await training.open?.();
    return await run.finish();
  } finally {
    await run.dispose();
  }
}

class TrainingRun {
  readonly #training: Training;
  readonly #values: TrainState;
  readonly #updater: Updater;
  readonly #state: TrainerState;
  readonly #checkpoints: Checkpoints;
  readonly #log: TrainingLog;
  readonly #best: BestMetric;
  /** The time up to which `train_runtime` is counted. */
  #since = 0;
  /** The update of the newest checkpoint. */
  #saved: number;

  private constructor(
    training: Training,
    values: TrainState,
    updater: Updater,
    state: TrainerState,
    checkpoints: Checkpoints,
  ) {
    const { arguments: args, folder, listener } = training;
    this.#training = training;
    this.#values = values;
    this.#updater = updater;
    this.#state = state;
    this.#saved = state.global_step;
    this.#checkpoints = checkpoints;
    this.#log = new TrainingLog(state, folder, (entry) => listener?.logged?.(entry));
    const lower = ['loss', ...(training.task.lowerIsBetter ?? [])].map((name) => `eval_${name}`);
    const greaterIsBetter = !lower.includes(args.metric_for_best_model);
    this.#best = new BestMetric(
      { greaterIsBetter, patience: args.early_stopping_patience, threshold: args.early_stopping_threshold },
      state,
    );
  }

  static async open(training: Training): Promise<TrainingRun> {
    const { task, arguments: args, folder, backend, randomBytes } = training;
    const setup = new TrainingSetup(task, args);
    const { graphs } = setup;
    const first = task.source({ epoch: 0, batch: 0 });
    const { batchesInEpoch } = first;
    const checkpoints = new Checkpoints(folder, { ...args, parameters: graphs.parameters, names: task.checkpoint });
    const saved = training.resume ? await checkpoints.newest() : undefined;
    if (saved && saved.state.data_digest !== task.dataDigest) {
      throw new InputError(`${saved.name}: a resumed training needs the data it began with, got other data`);
    }
    const plan = saved
      ? resumedPlan({ name: saved.name, ...saved.state }, args, graphs)
      : beginningPlan(args, graphs, backend, first);
    const values = setup.state(plan);
    const state = { ...freshState(), ...saved?.state, ...plan, engine: backend.name, data_digest: task.dataDigest };
    if (args.max_steps !== undefined && args.max_steps < state.global_step) {
      throw new InputError(
        `train.max_steps: expected at least ${state.global_step}, the updates already made, got ${args.max_steps}`,
      );
    }
    state.max_steps = Math.max(updatesOf(args, batchesInEpoch), state.global_step);
    const source = task.source(state.data_position);
    // The engine compiles on its own threads; the values are drawn meanwhile.
    const compiling = Updater.make(setup.updaterParts(plan, { state: values, source, backend, randomBytes }));
    try {
      if (saved) {
        values.load(saved.weights, `${saved.name}/model.safetensors`);
        values.loadOptimizer(saved.optimizer, `${saved.name}/optimizer.safetensors`);
      } else {
        await setup.begin(values);
      }
    } catch (error) {
      await compiling.then((updater) => updater.dispose()).catch(() => undefined);
      throw error;
    }
    return new TrainingRun(training, values, await compiling, state, checkpoints);
  }

  /** Trains to the end and writes the final model. */
  async finish(): Promise<{ state: TrainerState; weights: Weights }> {
    const { arguments: args, folder, listener, task, files, signal } = this.#training;
    const state = this.#state;
    const rateAt = learningRateAt({ ...args, max_steps: state.max_steps });
    listener?.started?.(state, this.#updater.assignment);
    this.#since = performance.now();
    await this.#log.begin();
    while (state.global_step < state.max_steps && !this.#best.shouldStop) {
      if (signal?.aborted) await this.#stop(signal);
      await this.#update(rateAt(state.global_step));
    }
    const weights = (await this.#checkpoints.finalWeights(state)) ?? this.#values.weights;
    await folder.write({ ...task.files(weights), ...files, [stateFile]: stateText(state) });
    listener?.finished?.(state);
    return { state, weights };
  }

  /** Saves what is not saved yet, then throws the reason for the stop. */
  async #stop({ reason }: AbortSignal): Promise<never> {
    if (this.#saved < this.#state.global_step) await this.#save();
    this.#training.listener?.stopped?.(this.#state);
    throw reason;
  }

  dispose(): Promise<void> {
    return this.#updater.dispose();
  }

  /** Makes one update, then logs, evaluates and saves when due. */
  async #update(learningRate: number): Promise<void> {
    const { arguments: args, task, listener } = this.#training;
    const state = this.#state;
    const step = state.global_step + 1;
    const isLast = step === state.max_steps;
    const start = performance.now();
    const result = await this.#updater.run(step, learningRate, isLast);
    refuseNonFinite('the loss', result.loss, `at update ${step}`);
    refuseNonFinite('the norm of the gradients', result.gradNorm ?? 0, `at update ${step}`);
    state.train_runtime += (performance.now() - this.#since) / 1000;
    this.#since = performance.now();
    Object.assign(state, { global_step: step, data_position: result.position, epoch: result.epoch });
    this.#log.count(result, performance.now() - start);
    listener?.updated?.(step, result, learningRate);
    if (step % args.logging_steps === 0 || isLast) await this.#log.updates(learningRate, result.gradNorm);
    let isBest = false;
    if (task.evaluate && (step % args.eval_steps === 0 || isLast)) {
      isBest = await this.#evaluate(await task.evaluate(this.#values.weights));
      if (this.#best.shouldStop) await this.#log.updates(learningRate, result.gradNorm);
    }
    if (step % args.save_steps === 0 || isLast || isBest) await this.#save();
  }

  /** Records scores; returns whether they are the best so far. */
  async #evaluate(scores: Record<string, number | string>): Promise<boolean> {
    const metric = this.#training.arguments.metric_for_best_model;
    const value = new Map(Object.entries(scores)).get(metric);
    if (typeof value !== 'number') {
      const known = Object.keys(scores).filter((name) => typeof scores[name] === 'number');
      throw new InputError(`train.metric_for_best_model: expected one of ${known.join(', ')}, got ${metric}`);
    }
    await this.#log.add(scores);
    const isBest = this.#best.observe(value, this.#state.global_step);
    Object.assign(this.#state, this.#best.state);
    return isBest;
  }

  async #save(): Promise<void> {
    const { weights, optimizerTensors } = this.#values;
    refuseNonFiniteWeights(weights, this.#state.global_step);
    const { task, files } = this.#training;
    await this.#checkpoints.save(this.#state, { ...task.files(weights), ...files }, optimizerTensors);
    this.#saved = this.#state.global_step;
  }
}

/** Throws for values that are not finite: a checkpoint that cannot be resumed is worse than none. */
function refuseNonFiniteWeights(weights: Weights, step: number): void {
  for (const [name, numbers] of weights) {
    const sum = numbers.reduce((total, x) => total + x, 0);
    refuseNonFinite(name, sum, `after update ${step}`);
  }
}
