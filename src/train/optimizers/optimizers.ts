import { adam } from './adam.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';
import { sgd } from './sgd.ts';

/** Optimizers by their names in `TrainingArguments.optim`. */
const optimizers = {
  /** Weight decay separate from the gradient. Source: Loshchilov & Hutter 2019. */
  adamw_torch: (options: OptimizerOptions): Optimizer => adam({ ...options, isDecoupled: true }),
  /** Weight decay as an L2 penalty in the gradient. Source: Kingma & Ba 2015. */
  adam: (options: OptimizerOptions): Optimizer => adam({ ...options, isDecoupled: false }),
  sgd,
};

/** A name of `TrainingArguments.optim`. */
export type OptimizerName = keyof typeof optimizers;
/** All names, for the schema of recipes. */
export const optimizerNames = Object.keys(optimizers) as OptimizerName[];

/** The name and options of an optimizer. */
export interface OptimizerConfig extends OptimizerOptions {
  readonly optim: OptimizerName;
}

/** The optimizer of a configuration. */
export const optimizer = (config: OptimizerConfig): Optimizer => optimizers[config.optim](config);
