import { input, type Tensor } from '../../graph/index.ts';

const prefix = 'loss_scale/';

/** The graph input that scales a term of a loss. */
export const lossScaleName = (term: string): string => `${prefix}${term}`;

/** The term that a graph input scales; undefined for other inputs. */
export const scaledTerm = (name: string): string | undefined =>
  name.startsWith(prefix) ? name.slice(prefix.length) : undefined;

/**
 * The scale of one term of a loss, the input `loss_scale/TERM` []: 1/(what counts for this term in the whole update), or
 * 0 if nothing counts.
 *
 * A loss is the sum of its terms, each a sum over what counts times its scale. So accumulated micro-batches and shards
 * give the same loss and gradients as one batch.
 */
export const lossScale = (term: string): Tensor => input(lossScaleName(term), []);
