import type { Tensor } from '../../graph/index.ts';

/** Tensors of an update, by name; every optimizer says which it has. */
export type UpdateTensors = Readonly<Partial<Record<string, Tensor>>>;

/** Numbers as an update sees them: tensors of one shape, and scalars []. */
export interface ParameterUpdate<
  State extends UpdateTensors = UpdateTensors,
  Scalars extends UpdateTensors = UpdateTensors,
> {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The gradient counts times this scalar: the coefficient of clipping. 1 when absent. */
  readonly gradientScale?: Tensor;
  /** The state before, by slot. */
  readonly state: State;
  /** What `scalars` computes, by the same names. */
  readonly scalars: Scalars;
}

/** What an update leaves. */
export interface UpdatedParameter {
  readonly parameter: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/**
 * A rule that turns gradients into parameters, as an elementwise graph; its state starts at zero.
 *
 * Parameters and state are updated in place, so the graph reads an old value only on the way to the new one.
 */
export interface Optimizer<State extends UpdateTensors = UpdateTensors, Scalars extends UpdateTensors = UpdateTensors> {
  /** State tensors of a parameter, each of the parameter's shape, by PyTorch's names. */
  readonly slots: readonly (keyof State & string)[];
  /**
   * Scalars fed for an update, computed on the host in float64; the names are always the same.
   *
   * @param update from 1.
   * @param hasDecay false for parameters that weight decay leaves alone.
   */
  scalars(update: number, learningRate: number, hasDecay: boolean): Readonly<Record<string, number>>;
  /** The graph of an update. */
  update(given: ParameterUpdate<State, Scalars>): UpdatedParameter;
}

/** Options by the names of `TrainingArguments`, and of `torch.optim` where that has none. */
export interface OptimizerOptions {
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  /** Adam: divides by the largest second moment so far. Source: Reddi et al. 2018. */
  readonly amsgrad?: boolean | undefined;
  /** SGD: 0 keeps no state. */
  readonly momentum?: number | undefined;
  readonly dampening?: number | undefined;
  readonly nesterov?: boolean | undefined;
}
