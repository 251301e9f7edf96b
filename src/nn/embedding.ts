import { gather, type Tensor } from '../graph/index.ts';
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

/** Vectors of tokens. `table`: [V, D], `ids`: int32 [B, T] → [B, T, D]. */
export const embed = (table: Tensor, ids: Tensor): Tensor => gather(table, ids);
