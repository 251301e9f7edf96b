import type { Parameter, Part } from '../../nn/index.ts';

/** How the optimizer treats a parameter. Parameters of equal groups are updated together. */
export interface ParameterGroup {
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Multiplies the learning rate. */
  readonly rate: number;
  /** The number of updates that leave it as it is, before its first; 0 when absent. */
  readonly from?: number | undefined;
}

/** The group of a parameter that is trained. */
export type Grouping = (name: string, parameter: Parameter) => ParameterGroup;

/**
 * Whether weight decay applies to a part, as in Transformers' Trainer, whose rule goes by names and modules: not to
 * norms, nor to anything called `bias`, which includes T5's `relative_attention_bias`.
 *
 * Source: transformers 5.x trainer.py, get_decay_parameter_names.
 */
const decays: Readonly<Record<Part, boolean>> = {
  table: true,
  positions: true,
  types: true,
  query: true,
  key: true,
  value: true,
  out: true,
  inner: true,
  gate: true,
  outer: true,
  pooler: true,
  head: true,
  relative: false,
  norm: false,
  bias: false,
  buffer: false,
};

/** Decay by part, or for matrices where a parameter has none; one learning rate for all. */
export const trainerGroup: Grouping = (_, { part, shape }) => ({
  decay: part === undefined ? shape.length > 1 : decays[part],
  rate: 1,
});
