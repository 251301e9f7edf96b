import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { GivenInputs } from '../inputs/given-inputs.ts';
import type { Role, RoleModels, RoleTokens } from '../role.ts';

/** What a forward pass needs to know about a model. */
export interface ForwardModel<R extends Role> {
  readonly model: RoleModels[R];
  readonly tokens: RoleTokens[R];
}

/** Inputs of a graph by name. */
export type HostFeeds = Readonly<Record<string, HostTensor>>;

/** One row of the table of forward passes: the inputs, outputs and loss of models in a role. */
export interface ForwardRow<R extends Role> {
  /** The names of all inputs. */
  names(setup: ForwardModel<R>): readonly string[];
  /**
   * The checked and completed inputs of the graph and, with `labels`, those of the loss.
   *
   * @throws {InputError} for an input that does not fit the model, with its place.
   */
  feeds(given: GivenInputs, setup: ForwardModel<R>): HostFeeds;
  /** The output of the pass, besides what is tapped. */
  readonly output: 'logits' | 'last_hidden_state';
  /** The loss of the labels from that output, []; absent if there is none. */
  loss?(root: Scope, output: Tensor, setup: ForwardModel<R>): Tensor;
}
