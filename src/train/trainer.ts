import type { Backend } from '../runtime/backend.ts';
import { parseSafetensors, safetensorsPieces } from '../weights/safetensors.ts';
import { float32Data } from '../weights/tensor.ts';
import type { TrainArguments } from './arguments.ts';
import { averageWeights, type Weights } from './average.ts';
import { BestMetric, greaterIsBetter } from './early-stopping.ts';
import type { BatchSource, DataPosition } from './micro-batch.ts';
import { optimizer as makeOptimizer } from './optimizer.ts';
import type { RandomBytes } from './random-bytes.ts';
import { checkpointName, type Files, type RunFolder } from './run-folder.ts';
import { learningRateAt } from './schedule.ts';
import { type LossTrace, trainGraphs } from './train-graph.ts';
import { TrainState } from './train-state.ts';
import { freshState, type LogEntry, readTrainerState, type TrainerState } from './trainer-state.ts';
import { Updater, type UpdateResult } from './updater.ts';

/** What a task brings to the trainer. */
export interface TrainingTask {
  readonly loss: LossTrace;
  /** Training data from a position on. */
  source(position: DataPosition): BatchSource;
  /** Scores on the validation set, `eval_loss` first; absent without one. */
  evaluate?(weights: Weights): Promise<Record<string, number | string>>;
  /** The files of a model folder with these weights. */
  files(weights: Weights): Files;
  /** Whether weight decay applies to a parameter. */
  hasDecay(name: string, shape: readonly number[]): boolean;
}

/** Hears what happens, to show it. */
export interface TrainListener {
  started?(state: TrainerState): void;
  updated?(step: number, result: UpdateResult, learningRate: number): void;
  logged?(entry: LogEntry): void;
}

export interface Training {
  readonly task: TrainingTask;
  readonly arguments: TrainArguments;
  readonly folder: RunFolder;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  readonly listener?: TrainListener;
  readonly resume?: boolean;
}

/**
 * Trains, or goes on with a training from its newest checkpoint, and leaves the final model at the folder's root: the
 * average of the last checkpoints when `average_last` is set, else the best by `metric_for_best_model`, else the last.
 */
export async function train(training: Training): Promise<{ state: TrainerState; weights: Weights }> {
  const run = await TrainingRun.open(training);
  try {
    return await run.finish();
  } finally {
    await run.dispose();
  }
}

class TrainingRun {
  readonly #training: Training;
  readonly #state: TrainState;
  readonly #updater: Updater;
  readonly #logged: TrainerState;
  readonly #batchesInEpoch: number;
  readonly #best: BestMetric;
  #labelsSinceLog = 0;
  #lossSinceLog = 0;
  #lastLog = performance.now();

  private constructor(training: Training, state: TrainState, updater: Updater, logged: TrainerState, perEpoch: number) {
    this.#training = training;
    this.#state = state;
    this.#updater = updater;
    this.#logged = logged;
    this.#batchesInEpoch = perEpoch;
    const { metric_for_best_model: metric, early_stopping_patience: patience } = training.arguments;
    this.#best = new BestMetric({ greaterIsBetter: greaterIsBetter(metric), patience }, logged);
  }

  static async open(training: Training): Promise<TrainingRun> {
    const { task, arguments: args, folder, backend, randomBytes } = training;
    const optimizer = makeOptimizer(args);
    const graphs = trainGraphs(task.loss, { optimizer, maxGradNorm: args.max_grad_norm, hasDecay: task.hasDecay });
    const state = new TrainState(graphs.parameters, graphs.trained, optimizer);
    const perEpoch = task.source({ epoch: 0, batch: 0 }).batchesInEpoch;
    const maxSteps = args.max_steps ?? Math.ceil((args.num_train_epochs * perEpoch) / args.gradient_accumulation_steps);
    const newest = training.resume ? (await folder.checkpoints()).at(-1) : undefined;
    let logged = freshState(maxSteps);
    if (newest === undefined) {
      state.initialize(graphs.parameters, args.seed);
    } else {
      const name = checkpointName(newest);
      const file = `${folder.path}/${name}/optimizer.safetensors`;
      logged = { ...readTrainerState(await folder.readJson(name, 'trainer_state.json'), `${name}/trainer_state.json`) };
      logged.max_steps = maxSteps;
      state.load(await readWeights(folder, newest));
      state.loadOptimizer(parseSafetensors(await folder.read(name, 'optimizer.safetensors'), file).tensors, file);
    }
    const source = task.source(logged.data_position);
    const accumulationSteps = args.gradient_accumulation_steps;
    const parts = { graphs, optimizer, state, source, backend, randomBytes, accumulationSteps };
    return new TrainingRun(training, state, await Updater.make(parts), logged, perEpoch);
  }

  /** Trains to the end and writes the final model. */
  async finish(): Promise<{ state: TrainerState; weights: Weights }> {
    const { arguments: args, folder, listener, task } = this.#training;
    const logged = this.#logged;
    const rate = learningRateAt({ ...args, max_steps: logged.max_steps });
    listener?.started?.(logged);
    await folder.write({ 'metrics.jsonl': lines(logged.log_history) });
    while (logged.global_step < logged.max_steps && !this.#best.shouldStop) {
      const step = logged.global_step + 1;
      const learningRate = rate(step - 1);
      const result = await this.#updater.run(step, learningRate, step === logged.max_steps);
      if (!Number.isFinite(result.loss)) {
        throw new Error(`train: the loss must stay finite, got ${result.loss} at update ${step}; a lower learning_rate or max_grad_norm 1 helps`);
      }
      logged.global_step = step;
      logged.data_position = { ...result.position };
      logged.epoch = result.position.epoch + result.position.batch / this.#batchesInEpoch;
      listener?.updated?.(step, result, learningRate);
      this.#lossSinceLog += result.loss;
      this.#labelsSinceLog += result.labels;
      await this.#atBoundaries(step, learningRate, result);
    }
    const weights = await this.#finalWeights();
    await folder.write({ ...task.files(weights), 'trainer_state.json': json(logged), 'metrics.jsonl': lines(logged.log_history) });
    return { state: logged, weights };
  }

  dispose(): Promise<void> {
    return this.#updater.dispose();
  }

  /** Logs, evaluates and saves where the step asks for it. */
  async #atBoundaries(step: number, learningRate: number, { gradNorm }: UpdateResult): Promise<void> {
    const { arguments: args, task } = this.#training;
    const isLast = step === this.#logged.max_steps;
    if (step % args.logging_steps === 0 || isLast) this.#logTraining(step, learningRate, gradNorm);
    let isBest = false;
    if (task.evaluate && (step % args.eval_steps === 0 || isLast)) isBest = await this.#evaluate(step, task.evaluate);
    if (step % args.save_steps === 0 || isLast || isBest) await this.#save(step);
  }

  #logTraining(step: number, learningRate: number, gradNorm?: number): void {
    const { arguments: args } = this.#training;
    const updates = step % args.logging_steps || args.logging_steps;
    const now = performance.now();
    this.#log({
      step,
      epoch: this.#logged.epoch,
      loss: this.#lossSinceLog / updates,
      learning_rate: learningRate,
      ...(gradNorm === undefined ? {} : { grad_norm: gradNorm }),
      tokens_per_second: Math.round((this.#labelsSinceLog / (now - this.#lastLog)) * 1000),
    });
    [this.#lossSinceLog, this.#labelsSinceLog, this.#lastLog] = [0, 0, now];
  }

  async #evaluate(step: number, evaluate: NonNullable<TrainingTask['evaluate']>): Promise<boolean> {
    const metric = this.#training.arguments.metric_for_best_model;
    const scores = await evaluate(this.#state.weights);
    this.#lastLog = performance.now();
    this.#log({ step, epoch: this.#logged.epoch, ...scores });
    const isBest = this.#best.observe(Number(scores[metric]), step);
    const { best_metric, best_step, evaluations_without_improvement } = this.#best.state;
    Object.assign(this.#logged, { best_metric, best_step, evaluations_without_improvement });
    return isBest;
  }

  #log(entry: LogEntry): void {
    this.#logged.log_history.push(entry);
    this.#training.listener?.logged?.(entry);
  }

  async #save(step: number): Promise<void> {
    const { folder, task, arguments: args } = this.#training;
    await folder.writeCheckpoint(step, {
      ...task.files(this.#state.weights),
      'optimizer.safetensors': safetensorsPieces(this.#state.optimizerTensors),
      'trainer_state.json': json(this.#logged),
    });
    await folder.write({ 'metrics.jsonl': lines(this.#logged.log_history) });
    const kept = (await folder.checkpoints()).filter((at) => at !== this.#logged.best_step);
    for (const old of kept.slice(0, -args.save_total_limit)) await folder.removeCheckpoint(old);
  }

  async #finalWeights(): Promise<Weights> {
    const { folder, arguments: args } = this.#training;
    const { best_step: best, global_step: last } = this.#logged;
    if (args.average_last) {
      const regular = (await folder.checkpoints()).filter((step) => step % args.save_steps === 0 || step === last);
      const steps = regular.slice(-args.average_last);
      if (steps.length) return averageWeights(await Promise.all(steps.map((step) => readWeights(folder, step))));
    }
    if (best !== null) return readWeights(folder, best);
    return this.#state.weights;
  }
}

async function readWeights(folder: RunFolder, step: number): Promise<Map<string, Float32Array>> {
  const name = checkpointName(step);
  const { tensors } = parseSafetensors(await folder.read(name, 'model.safetensors'), `${folder.path}/${name}/model.safetensors`);
  return new Map([...tensors].map(([key, tensor]) => [key, float32Data(tensor, key)]));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const lines = (entries: readonly LogEntry[]): string => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
