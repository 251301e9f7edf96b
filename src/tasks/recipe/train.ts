import * as z from 'zod';
import { valueAt } from '../../io/check.ts';
import { engineFault, enginePattern } from '../../runtime/engine-name.ts';
import { optimizerNames } from '../../train/optimizers/optimizers.ts';
import { type ScheduleName, scheduleNames } from '../../train/optimizers/schedule.ts';

/** What differs between tasks in the training part. */
interface TrainDefaults {
  readonly learning_rate: number;
  readonly lr_scheduler_type: ScheduleName;
  readonly label_smoothing_factor: number;
  readonly adam_beta2: number;
  /** The task's scores on the validation set, without `eval_`. */
  readonly metrics: readonly string[];
}

const count = z.int().min(1);
const share = z.number().min(0).lt(1);

/** The field of everything random. */
export const seed = z
  .int()
  .min(0)
  .default(42)
  .describe('seed of initial weights, data order, dropout and hidden tokens');

/** The fields of `train` that every task has: the names of `TrainingArguments`, and a few of our own. */
export function trainFields(defaults: TrainDefaults) {
  const metrics = defaults.metrics.flatMap((metric) => [`eval_${metric}`, metric]);
  return {
    max_steps: count.optional().describe('optimizer updates; overrides num_train_epochs'),
    num_train_epochs: z
      .number()
      .positive()
      .optional()
      .describe(
        'passes over the training data, measured by the first pass; by default 10, or as many as make 1000 updates; 3 for a model that starts from a folder',
      ),
    max_tokens_per_batch: count
      .default(4096)
      .describe('the most tokens in a batch, padding included; for pairs, target tokens'),
    max_length: z
      .int()
      .min(2)
      .default(256)
      .describe('the most tokens in a text; longer pairs are skipped, longer texts cut, and both are counted'),
    pad_to_multiple_of: count
      .optional()
      .describe(
        'the lengths of every batch are padded to multiples of so many tokens, so that batches have few shapes; by default 4 on openvino, else 1. A resumed run keeps it',
      ),
    gradient_accumulation_steps: count.default(1).describe('batches per update; an update never spans two epochs'),
    learning_rate: z
      .number()
      .positive()
      .default(defaults.learning_rate)
      .describe('learning rate at its peak, after the warm-up; 5e-5 by default for a model that starts from a folder'),
    lr_scheduler_type: z
      .enum(scheduleNames)
      .default(defaults.lr_scheduler_type)
      .describe(
        'how the learning rate changes after the warm-up; linear and cosine end at 0; linear by default for a model that starts from a folder',
      ),
    warmup_steps: z.int().min(0).optional().describe('updates until the peak; by default a tenth of all, at most 1000'),
    warmup_ratio: share.optional().describe('the same as a share of all updates'),
    optim: z
      .enum(optimizerNames)
      .default('adamw_torch')
      .describe('optimizer; adamw_torch applies weight decay separately from the gradient'),
    adam_beta1: share.default(0.9).describe('decay rate of the mean of gradients'),
    adam_beta2: share
      .default(defaults.adam_beta2)
      .describe('decay rate of the mean of squared gradients; 0.999 by default for a model that starts from a folder'),
    adam_epsilon: z.number().positive().default(1e-8).describe('added to the square root of that mean'),
    weight_decay: z
      .number()
      .min(0)
      .default(0)
      .describe('weight decay; biases, T5’s relative_attention_bias too, and norms have none'),
    label_smoothing_factor: share
      .default(defaults.label_smoothing_factor)
      .describe('share of a label’s probability that is spread evenly over all labels'),
    max_grad_norm: z
      .number()
      .min(0)
      .default(1)
      .describe('largest norm of the gradients; larger ones are clipped; 0: no clipping'),
    eval_steps: count.optional().describe('updates between evaluations; by default a tenth of all, at most 500'),
    save_steps: count.optional().describe('updates between checkpoints; by default a tenth of all, at most 500'),
    save_total_limit: count
      .optional()
      .describe('newest checkpoints to keep, by default 3 or average_last; the best is always kept'),
    average_last: count.optional().describe('the final weights are the mean of this many last checkpoints'),
    logging_steps: count.default(50).describe('updates between lines of metrics.jsonl'),
    early_stopping_patience: count.optional().describe('training ends after this many evaluations without improvement'),
    early_stopping_threshold: z
      .number()
      .min(0)
      .default(0)
      .describe('how much better than the best so far a score must be for patience to begin anew'),
    ...tuningFields,
    metric_for_best_model: z
      .enum(metrics)
      .default('eval_loss')
      .transform((metric) => metric.replace(/^(?!eval_)/, 'eval_'))
      .describe('score that selects the best checkpoint'),
    seed,
    shards: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'parts of a batch that are computed in parallel. By default 2 for networks of at most 16 million numbers, and of 33 million whose batches have 1,024 tokens (without padding; in a translator, of the targets). A Transformer has 2 on `cpu` with two cores or more. Otherwise 1',
      ),
    threads: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'threads per part; by default 1 for such a recurrent network, else the cores divided by the parts. A run keeps both numbers on any machine',
      ),
    bf16: z
      .boolean()
      .default(false)
      .describe(
        'compute gradients in bfloat16, on an engine and a processor that have it: openvino. Weights, optimizer and evaluations stay float32',
      ),
    engine: z
      .string()
      .regex(enginePattern, { error: ({ input }) => engineFault(String(input)) })
      .optional()
      .describe(
        'engine: cpu, binding, wasm, openvino[:PATH] or plugin:PATH; by default that of HEDDLE_ENGINE, else cpu. Losses and weights differ between engines in their last digits',
      ),
  };
}

/** The fields of `train` that treat parts of the model in their own way. */
const tuningFields = {
  freeze: z
    .array(z.string().min(1))
    .default([])
    .describe('parameters that are not trained: names, beginnings such as bert.encoder.layer.0, or patterns with *'),
  head_learning_rate: z.number().positive().optional().describe('learning rate of the head at its peak'),
  layerwise_lr_decay: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('factor of the learning rate from each block to the one below it'),
  gradual_unfreezing: z
    .number()
    .positive()
    .optional()
    .describe('epochs after which the next block is trained too, from the last to the first; the head is at once'),
};

/** The chosen values of {@link tuningFields}. */
export type Tuning = z.output<z.ZodObject<typeof tuningFields>>;

/** The argument of a schema's `refine` callback. */
type Refinement<T> = [holds: (value: T) => boolean, fault: { path: string[]; error: string }];

interface Kept {
  readonly save_total_limit?: number;
  readonly average_last?: number;
}

/** Checks that the checkpoints to be averaged are kept. */
const keepsWhatIsAveraged: Refinement<Kept> = [
  (chosen) => (chosen.save_total_limit ?? Number.POSITIVE_INFINITY) >= (chosen.average_last ?? 0),
  { path: ['save_total_limit'], error: 'expected at least average_last, because those checkpoints must be kept' },
];

interface WarmedUp {
  readonly warmup_steps?: number | undefined;
  readonly warmup_ratio?: number | undefined;
}

/** Checks that the warm-up has one length. */
const hasOneWarmup: Refinement<WarmedUp> = [
  ({ warmup_steps, warmup_ratio }) => warmup_steps === undefined || warmup_ratio === undefined,
  { path: ['warmup_ratio'], error: 'expected warmup_steps or warmup_ratio, got both' },
];

/** Says that a batch has fewer tokens than `field`. Both may be defaults, so the message names their values. */
export const smallBatch = (field: 'max_length' | 'block_size') => ({
  path: ['max_tokens_per_batch'],
  error: ({ input }: { readonly input?: unknown }): string =>
    `expected at least ${field} = ${valueAt(input, [field])}, got ${valueAt(input, ['max_tokens_per_batch'])}`,
});

/** The checked `train` of a recipe; fills in how many checkpoints are kept. */
export const trainOf = <T extends Kept & WarmedUp>(fields: z.ZodType<T>) =>
  fields
    .refine(...keepsWhatIsAveraged)
    .refine(...hasOneWarmup)
    .transform((chosen) => ({
      ...chosen,
      save_total_limit: chosen.save_total_limit ?? Math.max(3, chosen.average_last ?? 0),
    }))
    .prefault({});

/** The field that limits the samples in a batch: `texts`. */
export const samplesPerBatch = (samples: string) => ({
  per_device_train_batch_size: count
    .optional()
    .describe(
      `the most ${samples} in a batch; by default only max_tokens_per_batch limits it, and 32 for a model that starts from a folder`,
    ),
});

interface Validated {
  readonly train: { readonly early_stopping_patience?: number; readonly metric_for_best_model: string };
  readonly data: { readonly validation?: unknown };
}

/** Checks that early stopping has validation data. */
export const patienceIsValidated: Refinement<Validated> = [
  ({ train, data }) => train.early_stopping_patience === undefined || data.validation !== undefined,
  {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.early_stopping_patience needs, got none',
  },
];

/** Checks that the best checkpoint can be selected. */
export const bestIsValidated: Refinement<Validated> = [
  ({ train, data }) => train.metric_for_best_model === 'eval_loss' || data.validation !== undefined,
  {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.metric_for_best_model needs, got none',
  },
];
