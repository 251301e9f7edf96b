import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Role, RoleModels, RoleTokens } from '../role.ts';
import type { GivenInputs } from './given-inputs.ts';

/** What a forward pass must know of a model. */
export interface ForwardModel<R extends Role> {
  readonly model: RoleModels[R];
  readonly tokens: RoleTokens[R];
}

/** Inputs of a graph by name. */
export type HostFeeds = Readonly<Record<string, HostTensor>>;

/** One row of the table of forward passes: what models in a role read and give, and what that is held against. */
export interface ForwardRow<R extends Role> {
  /** The inputs that may be given. */
  names(setup: ForwardModel<R>): readonly string[];
  /**
   * Inputs of the graph, checked and complete, and where `labels` are given those of the loss.
   *
   * @throws {InputError} for what does not fit the model, with its place.
   */
  feeds(given: GivenInputs, setup: ForwardModel<R>): HostFeeds;
  /** What the pass gives besides what is tapped. */
  readonly output: 'logits' | 'last_hidden_state';
  /** The loss of the labels from that output, []; absent where there is none. */
  loss?(root: Scope, output: Tensor, setup: ForwardModel<R>): Tensor;
}
