import { gather, type Tensor } from '../graph/index.ts';
import { embedding } from '../ops/index.ts';
import { type Initializer, normal } from './initializer.ts';
import type { Scope } from './scope.ts';

/** A table of vectors, as `nn.Embedding`. Gives the table, to look up in and to tie an output layer to. [V, D]. */
export function embeddingTable(
  scope: Scope,
  {
    rows,
    width,
    initializer = normal(0, 1),
  }: { readonly rows: number; readonly width: number; readonly initializer?: Initializer },
): Tensor {
  return scope.parameter('weight', [rows, width], initializer);
}

/**
 * Vectors of tokens. `table`: [V, D], `ids`: int32 [B, T] → [B, T, D].
 * With a `paddingRow` that row is looked up but gets no gradient here, as `nn.Embedding` with `padding_idx`.
 */
export const embed = (table: Tensor, ids: Tensor, paddingRow?: number): Tensor =>
  paddingRow === undefined ? gather(table, ids) : embedding(table, ids, { paddingRow });
