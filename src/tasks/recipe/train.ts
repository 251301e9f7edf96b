import * as z from 'zod';
import { optimizerNames } from '../../train/optimizers/optimizers.ts';
import { type ScheduleName, scheduleNames } from '../../train/optimizers/schedule.ts';

/** What differs between tasks in the training part. */
interface TrainDefaults {
  readonly learning_rate: number;
  readonly lr_scheduler_type: ScheduleName;
  readonly label_smoothing_factor: number;
  readonly adam_beta2: number;
  /** Scores of the validation set that the task has, without `eval_`. */
  readonly metrics: readonly string[];
}

const count = z.int().min(1);
const share = z.number().min(0).lt(1);

/** The fields of a recipe's `train` that every task has: `TrainingArguments`' names, and a few of our own that it lacks. */
export function trainFields(defaults: TrainDefaults) {
  const metrics = defaults.metrics.flatMap((metric) => [`eval_${metric}`, metric]);
  return {
    max_steps: count.optional().describe('optimizer updates; overrides num_train_epochs'),
    num_train_epochs: z
      .number()
      .positive()
      .optional()
      .describe(
        'passes over the training data, counted in batches of the first; by default 10, or as many as make 1000 updates',
      ),
    max_tokens_per_batch: count.default(4096).describe('tokens in a batch, padding counted; of pairs the target’s'),
    max_length: z
      .int()
      .min(2)
      .default(256)
      .describe('tokens of a text; pairs that are longer are left out, texts cut, and both counted'),
    gradient_accumulation_steps: count.default(1).describe('batches that make one update; never of two epochs'),
    learning_rate: z.number().positive().default(defaults.learning_rate).describe('peak, after the warm-up'),
    lr_scheduler_type: z
      .enum(scheduleNames)
      .default(defaults.lr_scheduler_type)
      .describe('the learning rate after the warm-up; linear and cosine end at 0'),
    warmup_steps: z.int().min(0).optional().describe('updates until the peak; by default a tenth of all, at most 1000'),
    optim: z
      .enum(optimizerNames)
      .default('adamw_torch')
      .describe('optimizer; adamw_torch keeps weight decay out of the gradient'),
    adam_beta1: share.default(0.9).describe('how slowly the mean of gradients forgets'),
    adam_beta2: share.default(defaults.adam_beta2).describe('how slowly the mean of their squares forgets'),
    adam_epsilon: z.number().positive().default(1e-8).describe('added to the root of that mean'),
    weight_decay: z.number().min(0).default(0).describe('of matrices; biases and norms have none'),
    label_smoothing_factor: share
      .default(defaults.label_smoothing_factor)
      .describe('probability spread evenly over all that a label may be'),
    max_grad_norm: z.number().min(0).default(1).describe('norm that gradients are clipped to; 0 clips nothing'),
    eval_steps: count.optional().describe('updates between evaluations; by default a tenth of all, at most 500'),
    save_steps: count.optional().describe('updates between checkpoints; by default a tenth of all, at most 500'),
    save_total_limit: count
      .optional()
      .describe('newest checkpoints kept, by default 3 or average_last; the best stays'),
    average_last: count.optional().describe('the final weights are the mean of so many last checkpoints'),
    logging_steps: count.default(50).describe('updates between lines of metrics.jsonl'),
    early_stopping_patience: count.optional().describe('evaluations without improvement that end the training'),
    metric_for_best_model: z
      .enum(metrics)
      .default('eval_loss')
      .transform((metric) => metric.replace(/^(?!eval_)/, 'eval_'))
      .describe('what the best checkpoint is best in'),
    seed: z.int().min(0).default(42).describe('of initial weights, order of the data and dropout'),
    shards: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe('parts of a batch that are computed in parallel; by default 2 for recurrent nets, else 1'),
    threads: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'threads of a part; by default 1 for recurrent nets, else all cores. A run keeps both numbers on any machine',
      ),
  };
}

/** What `refine` of a schema is called with. */
type Refinement<T> = [holds: (value: T) => boolean, fault: { path: string[]; error: string }];

interface Kept {
  readonly save_total_limit?: number;
  readonly average_last?: number;
}

/** A check of `train`: what is averaged must be kept. */
export const keepsWhatIsAveraged: Refinement<Kept> = [
  (chosen) => (chosen.save_total_limit ?? Number.POSITIVE_INFINITY) >= (chosen.average_last ?? 0),
  { path: ['save_total_limit'], error: 'expected at least average_last, whose checkpoints must be kept' },
];

/** `train` with the number of checkpoints that are kept. */
export const withSavedCheckpoints = <T extends Kept>(chosen: T) => ({
  ...chosen,
  save_total_limit: chosen.save_total_limit ?? Math.max(3, chosen.average_last ?? 0),
});

interface Validated {
  readonly train: { readonly early_stopping_patience?: number; readonly metric_for_best_model: string };
  readonly data: { readonly validation?: unknown };
}

/** A check of a recipe: patience needs something to look at. */
export const patienceIsValidated: Refinement<Validated> = [
  ({ train, data }) => train.early_stopping_patience === undefined || data.validation !== undefined,
  {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.early_stopping_patience looks at, got none',
  },
];

/** A check of a recipe: the best checkpoint needs something to be best on. */
export const bestIsValidated: Refinement<Validated> = [
  ({ train, data }) => train.metric_for_best_model === 'eval_loss' || data.validation !== undefined,
  {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.metric_for_best_model looks at, got none',
  },
];
