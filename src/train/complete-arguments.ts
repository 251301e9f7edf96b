import type { TrainArguments } from './arguments.ts';
import { hasWarmup } from './optimizers/schedule.ts';

/** Arguments that default to values derived from the length of the training. */
export const lengthFields = ['num_train_epochs', 'warmup_steps', 'eval_steps', 'save_steps'] as const;

type LengthField = (typeof lengthFields)[number];

/** Training arguments as a recipe gives them: {@link lengthFields} may be absent. */
export type OpenTrainArguments = Omit<TrainArguments, LengthField> & {
  readonly [F in LengthField]?: TrainArguments[F] | undefined;
};

/** Passes over the data that make enough updates. */
const usualEpochs = 10;

/** With fewer updates a model with random weights learns next to nothing, so small data sets are read more often. */
const leastUpdates = 1000;

/** The most updates between evaluations, between checkpoints, and in the warm-up of a long training. */
const longest = { interval: 500, warmup: 1000 };

type Length = Pick<TrainArguments, 'max_steps' | 'num_train_epochs' | 'gradient_accumulation_steps'>;

const updatesInEpoch = ({ gradient_accumulation_steps: batches }: Length, batchesInEpoch: number): number =>
  Math.ceil(batchesInEpoch / batches);

/** Epochs of a training without `max_steps` and `num_train_epochs`: 10, or as many as make 1,000 updates. */
const epochsOf = (args: Length, batchesInEpoch: number): number =>
  Math.max(usualEpochs, Math.ceil(leastUpdates / updatesInEpoch(args, batchesInEpoch)));

/** The number of updates in a training; every epoch has as many batches as the first one. */
export function updatesOf(args: Length, batchesInEpoch: number): number {
  const { max_steps, num_train_epochs: epochs = epochsOf(args, batchesInEpoch) } = args;
  return max_steps ?? Math.ceil(epochs * updatesInEpoch(args, batchesInEpoch));
}

/**
 * Fills in the arguments that are absent. Without `max_steps` a training has 10 epochs, or as many as make 1,000
 * updates. Warm-up, if the schedule has one, takes a tenth of the updates, at most 1,000. Evaluations and checkpoints
 * follow every tenth, at most 500 updates apart.
 */
export function completeArguments<A extends OpenTrainArguments>(args: A, batchesInEpoch: number): A & TrainArguments {
  const tenth = updatesOf(args, batchesInEpoch) / 10;
  const interval = Math.min(longest.interval, Math.ceil(tenth));
  const share = args.warmup_ratio;
  const usual = share === undefined ? Math.min(longest.warmup, Math.floor(tenth)) : Math.ceil(share * 10 * tenth);
  const warmup = hasWarmup(args.lr_scheduler_type) ? usual : 0;
  return {
    ...args,
    ...(args.max_steps === undefined && { num_train_epochs: args.num_train_epochs ?? epochsOf(args, batchesInEpoch) }),
    warmup_steps: args.warmup_steps ?? warmup,
    eval_steps: args.eval_steps ?? interval,
    save_steps: args.save_steps ?? interval,
  };
}
