import { gather, type Tensor } from '../../graph/index.ts';
import { embedding } from '../../ops/index.ts';

/**
 * Vectors of tokens. `table`: [V, D], `ids`: int32 [B, T] → [B, T, D].
 * With a `paddingRow` that row is looked up but gets no gradient here, as `nn.Embedding` with `padding_idx`.
 */
export const embed = (table: Tensor, ids: Tensor, paddingRow?: number): Tensor =>
  paddingRow === undefined ? gather(table, ids) : embedding(table, ids, { paddingRow });
