import { modelParameters } from '../../models/families/setup.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { traceLoss } from '../../models/heads/terms/loss.ts';
import type { LossOptions } from '../../models/heads/terms/term.ts';
import { forLength } from '../../models/text-length.ts';
import type { Scope } from '../../nn/index.ts';
import type { Backend } from '../../runtime/backend.ts';
import { type OpenTrainArguments, updatesOf } from '../../train/complete-arguments.ts';
import { refuseDivergedLoss } from '../../train/run/finite.ts';
import type { Files } from '../../train/run/run-folder.ts';
import type { TrainingTask } from '../../train/training.ts';
import { indexSource } from '../../train/update/index-source.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';
import type { Tuning } from '../recipe/train.ts';
import type { ScoredSet, TaskRun } from '../task.ts';
import { type Evaluator, type ScoreCall, withPrefix } from './evaluator.ts';
import type { RunSetup } from './recipe-model.ts';
import type { Splits } from './split.ts';
import { partTreatment } from './tuning.ts';

/** A set of examples to score, ready for the model. */
export interface SampledSet {
  /** The number of examples. */
  readonly samples: number;
}

/** The examples to train on. */
export interface TrainingSet extends SampledSet {
  /** The batches of an epoch, as indices. @throws {InputError} when an example does not fit into a batch. */
  plan(epoch: number): readonly Int32Array[];
  /** A batch of the plan of an epoch. */
  batch(indices: Int32Array, epoch: number): MicroBatch;
}

/** What is specific to a task in a run: its data and model, ready to train and to score. */
export interface PreparedTask<S extends SampledSet>
  extends Pick<TrainingTask, 'dataDigest' | 'lowerIsBetter'>,
    Pick<TaskRun, 'notes'> {
  readonly setup: RunSetup;
  /** The most tokens of a text in training, which decide about the form of the model; infinite if nothing limits them. */
  readonly maxTokens: number;
  readonly lossOptions: LossOptions;
  /** Changes how the parameters of a traced model are initialized. */
  begin?(root: Scope): void;
  readonly train: TrainingSet;
  /** The validation set and the test set, if they exist. */
  readonly sets: Omit<Splits<S>, 'train'>;
  /** Compiles what scores the sets; called at the first score. */
  evaluator(backend: Backend): Promise<Evaluator<S>>;
  /** The files of a model folder besides the model: tokenizers, vocabularies. */
  readonly files: Files;
  /** The content of `generation_config.json`, over the model's defaults. */
  readonly generation?: Readonly<Record<string, unknown>>;
}

/** The part of a recipe's `train` that every task treats alike. */
type TrainSettings = Tuning & Pick<OpenTrainArguments, 'learning_rate' | keyof Parameters<typeof updatesOf>[0]>;

/** Says that a training ends before all of its model is trained. */
const unfreezingNotes = (begun: number, updates: number): string[] =>
  begun >= updates && begun > 0
    ? [
        `model: the training has ${updates} updates, and train.gradual_unfreezing begins with the last part after ${begun}`,
      ]
    : [];

/**
 * The run of a task.
 *
 * @throws {InputError} when an example does not fit into a batch, or the weights to start from are not the model's.
 */
export async function taskRun<S extends SampledSet>(
  task: PreparedTask<S>,
  settings: TrainSettings,
  backend: Backend,
): Promise<TaskRun> {
  const { setup, maxTokens, lossOptions, train, sets, files, generation, ...rest } = task;
  const batches = train.plan(0).length;
  const { begun, ...treatment } = partTreatment(
    setup,
    settings,
    Math.ceil(batches / settings.gradient_accumulation_steps),
  );
  const start = await setup.openStart?.();
  let made: Promise<Evaluator<S>> | undefined;
  const score = async (prefix: ScoredSet['prefix'], set: S, call: ScoreCall) => {
    made ??= task.evaluator(backend);
    const scores = await (await made).score(set, call);
    refuseDivergedLoss('train', `${prefix}_loss`, scores.loss);
    return scores;
  };
  const scoredSet = (prefix: ScoredSet['prefix'], set: S): ScoredSet => ({
    prefix,
    samples: set.samples,
    score: (weights, signal) => score(prefix, set, { weights, isFinal: true, signal }),
  });
  const { validation, test } = sets;
  return {
    ...rest,
    loss(root) {
      const loss = traceLoss(root, forLength(setup, maxTokens).model, lossOptions);
      task.begin?.(root);
      return loss;
    },
    notes: [...task.notes, ...unfreezingNotes(begun, updatesOf(settings, batches)), ...(start?.notes ?? [])],
    start: start?.weights,
    model: { model_type: setup.config.model_type, architecture: setup.architecture },
    samples: train.samples,
    source: (position) => indexSource(train.plan, position, train.batch),
    scored: [...(validation ? [scoredSet('eval', validation)] : []), ...(test ? [scoredSet('test', test)] : [])],
    evaluate:
      validation &&
      (async (weights) => withPrefix('eval', await score('eval', validation, { weights, isFinal: false }))),
    checkpoint: setup.checkpoint,
    parameters: modelParameters(setup),
    ...treatment,
    files: (weights) => ({ ...Object.fromEntries(saveModelFiles(setup, weights, generation)), ...files }),
    async dispose() {
      await start?.close();
      await (await made)?.dispose();
    },
  };
}
