import { mul, type Tensor } from '../../../graph/index.ts';
import { lossScale, type Scope } from '../../../nn/index.ts';
import type { HostFeeds, Named } from '../../inputs/input-spec.ts';

/** How a loss differs from Transformers' own. */
export interface LossOptions {
  /** The share of a label's probability that is spread evenly over all labels. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** A weight per label: for its loss, or for its positive targets if a text can have several labels. */
  readonly classWeights?: readonly number[] | undefined;
  /** The probability that every token of a word is replaced by the unknown token. */
  readonly wordDropout?: { readonly p: number; readonly unknownId: number } | undefined;
}

/** One pass of a model: its inputs, and what its body makes of them. */
export interface Pass {
  readonly given: Named;
  /** See `Body.run`: `last_hidden_state`, `pooler_output`, … */
  readonly body: Named;
}

/** Labels as inputs of the graph of a term, and how many of them count. */
export interface TermFeeds {
  readonly feeds: HostFeeds;
  readonly count: number;
}

/**
 * One term of a loss. It is summed over all that counts and multiplied by `loss_scale/NAME`, [], which the host feeds: 1
 * over the number that counts in a whole update, so that accumulation is exact.
 */
export interface Term {
  readonly name: string;
  /** The inputs of its graph, from the model's inputs and labels. */
  feeds(given: HostFeeds): TermFeeds;
  /** [] */
  sum(root: Scope, pass: Pass, options: LossOptions): Tensor;
}

/** A sum, multiplied by its term's scale. */
export const scaled = (term: string, sum: Tensor): Tensor => mul(sum, lossScale(term));
