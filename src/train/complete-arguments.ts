import type { TrainArguments } from './arguments.ts';
import { hasWarmup } from './optimizers/schedule.ts';

/** Arguments that follow from how long a training is, where they are left out. */
export const lengthFields = ['num_train_epochs', 'warmup_steps', 'eval_steps', 'save_steps'] as const;

type LengthField = (typeof lengthFields)[number];

/** Arguments of a training as a recipe gives them: {@link lengthFields} may be left out. */
export type OpenTrainArguments = Omit<TrainArguments, LengthField> & {
  readonly [F in LengthField]?: TrainArguments[F] | undefined;
};

/** Passes over data that make enough updates. */
const usualEpochs = 10;

/** Fewer updates teach a model of random weights next to nothing, so small data are read more often. */
const leastUpdates = 1000;

/** Updates between evaluations, and between checkpoints, of a long training; and its warm-up. */
const longest = { interval: 500, warmup: 1000 };

type Length = Pick<TrainArguments, 'max_steps' | 'num_train_epochs' | 'gradient_accumulation_steps'>;

const updatesInEpoch = ({ gradient_accumulation_steps: batches }: Length, batchesInEpoch: number): number =>
  Math.ceil(batchesInEpoch / batches);

/** Epochs of a training that says neither updates nor epochs: 10, or as many as make 1,000 updates. */
const epochsOf = (args: Length, batchesInEpoch: number): number =>
  Math.max(usualEpochs, Math.ceil(leastUpdates / updatesInEpoch(args, batchesInEpoch)));

/** Updates of a training; an epoch has as many batches as the first one. */
export function updatesOf(args: Length, batchesInEpoch: number): number {
  const { max_steps, num_train_epochs: epochs = epochsOf(args, batchesInEpoch) } = args;
  return max_steps ?? Math.ceil(epochs * updatesInEpoch(args, batchesInEpoch));
}

/**
 * The arguments with what they leave out: without `max_steps` 10 epochs, or as many as make 1,000 updates; a tenth of the
 * updates for the warm-up of a schedule that has one, at most 1,000; evaluations and checkpoints after every tenth, at most 500 updates apart.
 */
export function completeArguments<A extends OpenTrainArguments>(args: A, batchesInEpoch: number): A & TrainArguments {
  const tenth = updatesOf(args, batchesInEpoch) / 10;
  const interval = Math.min(longest.interval, Math.ceil(tenth));
  const warmup = hasWarmup(args.lr_scheduler_type) ? Math.min(longest.warmup, Math.floor(tenth)) : 0;
  return {
    ...args,
    ...(args.max_steps === undefined && { num_train_epochs: args.num_train_epochs ?? epochsOf(args, batchesInEpoch) }),
    warmup_steps: args.warmup_steps ?? warmup,
    eval_steps: args.eval_steps ?? interval,
    save_steps: args.save_steps ?? interval,
  };
}
