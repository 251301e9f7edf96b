import type { Tensor as Symbolic } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { Tensor } from '../../weights/tensor.ts';
import { GivenInputs } from '../inputs/given-inputs.ts';
import type { Role } from '../role.ts';
import { causalForward } from './causal-forward.ts';
import { classifierForward } from './classifier-forward.ts';
import { encoderForward } from './encoder-forward.ts';
import type { ForwardModel, ForwardRow, HostFeeds } from './forward-row.ts';
import { sequenceForward } from './sequence-forward.ts';
import { taggerForward } from './tagger-forward.ts';

type Rows = { readonly [R in Role]: ForwardRow<R> };

/** The forward pass of every role. */
const rows: Rows = {
  encoder: encoderForward,
  'sequence-classification': classifierForward,
  'token-classification': taggerForward,
  causal: causalForward,
  'sequence-to-sequence': sequenceForward,
};

/** A model with its role and the limits of its tokens. */
export type ForwardSetup = { readonly [R in Role]: ForwardModel<R> & { readonly role: R } }[Role];

const rowOf = <R extends Role>(role: R): ForwardRow<R> => rows[role];

/** The name of the output of a forward pass, besides what is tapped. */
export const outputName = ({ role }: ForwardSetup): string => rows[role].output;

/**
 * The loss of the labels from the output of {@link traceForward}, []; null if a model has none.
 */
export const labelLoss = <R extends Role>(
  root: Scope,
  output: Symbolic,
  setup: ForwardModel<R> & { readonly role: R },
): Symbolic | null => rowOf(setup.role).loss?.(root, output, setup) ?? null;

/**
 * Checks the inputs of a forward pass and fills in optional ones: a mask of ones, an encoder–decoder's decoder inputs
 * from the labels.
 *
 * The inputs are `input_ids`, `attention_mask` [batch, time] and `labels`. Further inputs, and the form of the labels, depend on the model's role.
 * @throws {InputError} for an unknown or missing input, shapes that disagree, an id outside the vocabulary (with its
 *   place), a mask with other values than 0 and 1, or more tokens than the model has positions.
 */
export function forwardInputs<R extends Role>(
  inputs: ReadonlyMap<string, Tensor>,
  setup: ForwardModel<R> & { readonly role: R },
): HostFeeds {
  const row = rowOf(setup.role);
  return row.feeds(new GivenInputs(inputs, row.names(setup)), setup);
}
