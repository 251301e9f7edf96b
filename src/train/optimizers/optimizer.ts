import type { Tensor } from '../../graph/index.ts';

/** Tensors of an update, by name; each optimizer lists its own. */
export type UpdateTensors = Readonly<Partial<Record<string, Tensor>>>;

/** Inputs of an update: tensors of one shape, and scalars []. */
export interface ParameterUpdate<
  State extends UpdateTensors = UpdateTensors,
  Scalars extends UpdateTensors = UpdateTensors,
> {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** Scales the gradient: the coefficient of clipping, 1 if absent. */
  readonly gradientScale?: Tensor;
  /** The state before the update, by slot. */
  readonly state: State;
  /** The results of `scalars`, by the same names. */
  readonly scalars: Scalars;
}

/** The results of an update. */
export interface UpdatedParameter {
  readonly parameter: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
}

/**
 * A rule that updates parameters from gradients, as an elementwise graph; its state starts at zero.
 *
 * Parameters and state are updated in place, so the graph may read an old value only to compute the new one.
 */
export interface Optimizer<State extends UpdateTensors = UpdateTensors, Scalars extends UpdateTensors = UpdateTensors> {
  /** State tensors of a parameter, each of the parameter's shape, by PyTorch's names. */
  readonly slots: readonly (keyof State & string)[];
  /**
   * The scalar inputs of an update, computed on the host in float64; their names never change.
   *
   * @param update from 1.
   * @param hasDecay false for parameters that weight decay leaves alone.
   */
  scalars(update: number, learningRate: number, hasDecay: boolean): Readonly<Record<string, number>>;
  /** Builds the graph of an update. */
  update(given: ParameterUpdate<State, Scalars>): UpdatedParameter;
}

/** Options by their names in `TrainingArguments`, otherwise in `torch.optim`. */
export interface OptimizerOptions {
  readonly adam_beta1: number;
  readonly adam_beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  /** Adam: divide by the largest second moment so far. Source: Reddi et al. 2018. */
  readonly amsgrad?: boolean | undefined;
  /** SGD: 0 keeps no state. */
  readonly momentum?: number | undefined;
  readonly dampening?: number | undefined;
  readonly nesterov?: boolean | undefined;
}
