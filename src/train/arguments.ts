import type { OptimizerName } from './optimizers/optimizers.ts';
import type { ScheduleName } from './optimizers/schedule.ts';

/** The settings of a training: Transformers' `TrainingArguments` with their names and meanings, and our own fields. */
export interface TrainArguments {
  /** Optimizer updates; if absent, `num_train_epochs` decides. */
  readonly max_steps?: number | undefined;
  /** Passes over the data, measured in batches of the first pass; if both are absent, see `updatesOf`. */
  readonly num_train_epochs?: number | undefined;
  /** Micro-batches per update. */
  readonly gradient_accumulation_steps: number;
  readonly learning_rate: number;
  readonly lr_scheduler_type: ScheduleName;
  readonly warmup_steps: number;
  /** The warm-up as a share of all updates, where `warmup_steps` is absent. */
  readonly warmup_ratio?: number | undefined;
  readonly optim: OptimizerName;
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  /** 0: no clipping. */
  readonly max_grad_norm: number;
  readonly eval_steps: number;
  readonly save_steps: number;
  readonly save_total_limit: number;
  readonly logging_steps: number;
  readonly average_last?: number | undefined;
  readonly early_stopping_patience?: number | undefined;
  /** How much better than the best so far a value must be; 0 when absent. */
  readonly early_stopping_threshold?: number | undefined;
  readonly metric_for_best_model: string;
  readonly seed: number;
  /** Whether the gradients are computed in bfloat16, on an engine that has it. Default false. */
  readonly bf16?: boolean | undefined;
  /** Parts of a batch; if absent, chosen for the model, see `beginningPlan`. */
  readonly shards?: number | undefined;
  /** Threads per shard; if absent, chosen for the model and the machine. */
  readonly threads?: number | undefined;
}
