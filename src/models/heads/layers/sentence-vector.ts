import type { Tensor } from '../../../graph/index.ts';
import { type PoolingName, poolings, type Scope } from '../../../nn/index.ts';
import { cast } from '../../../ops/index.ts';
import type { Pass } from '../terms/term.ts';

/** The vector of every text of a pass, not normalised. [B, D]. */
export const sentenceVectors = (root: Scope, { given, body }: Pass, pooling: PoolingName): Tensor =>
  poolings[pooling](root, body.last_hidden_state, cast(given.attention_mask, { dtype: 'float' }));
