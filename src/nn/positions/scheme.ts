import type * as z from 'zod';
import { type Dim, reshape, type Tensor } from '../../graph/index.ts';
import { range } from '../../ops/index.ts';
import type { Relation } from '../layers/attention.ts';
import type { Scope } from '../scope.ts';

/** What a scheme may depend on besides its own fields. */
export interface PositionConfig {
  /** Model width, D. */
  readonly width: number;
  readonly heads: number;
  /** Width of a head's keys, K, and of its values, Kv. */
  readonly headWidth: number;
  readonly headValueWidth: number;
  /** Whether a query cannot see later keys. */
  readonly isCausal: boolean;
  /** Rows of a position table. */
  readonly rows: number;
}

/**
 * Positions of queries and keys in their sequence, counted from 0: int32 [B|1, T|1] and [B|1, S]. Not floats: bfloat16 has
 * no odd number above 256.
 */
export interface Places {
  readonly query: Tensor;
  readonly key: Tensor;
}

/** The stack whose layers share a parameter, and the layer's attention. */
export interface PositionScopes {
  readonly stack: Scope;
  readonly attention: Scope;
}

/** What one layer's attention, with its scope, adds to the scaled scores of `query` ([B, H, T, K]): [B|1, H|1, T|1, S]. */
export type LayerBias = (attention: Scope, query: Tensor) => Tensor;

/** How a stack of layers uses positions. Absent parts do nothing. */
export interface PositionUse {
  /** Added to the embeddings of tokens at `at` (int32 [B|1, T|1]): [B|1, T|1, D]. */
  readonly embedding?: (stack: Scope, at: Tensor) => Tensor;
  /** Applied to queries or keys at `at` before they are compared. `x`: [B, H, T, K] → [B, H, T, K]. */
  readonly turn?: (x: Tensor, at: Tensor) => Tensor;
  /** Called once a stack: what does not depend on the query is made here, and shared by the layers. */
  readonly bias?: (stack: Scope, places: Places) => LayerBias;
  /** Added to the result of attention with `weights` ([B, H, T, S]): [B, H, T, Kv]. */
  readonly context?: (scopes: PositionScopes, weights: Tensor, places: Places) => Tensor;
}

/** One row of the table of position schemes: everything specific to the scheme. */
export interface PositionScheme<F extends z.ZodRawShape = z.ZodRawShape> {
  /** Fields of a configuration that only this scheme reads. */
  readonly fields: F;
  /** The longest sequence if a configuration does not set it; absent if there is no table that ends. */
  readonly defaultRows?: number;
  /** Why the scheme cannot have these sizes, as `expected …, got …`. */
  fault?(config: PositionConfig, options: z.output<z.ZodObject<F>>): string | undefined;
  use(config: PositionConfig, options: z.output<z.ZodObject<F>>): PositionUse;
}

/** A row; `use` gets the types of its fields. */
export const definePosition = <F extends z.ZodRawShape>(row: PositionScheme<F>): PositionScheme<F> => row;

/** The positions of a whole sequence: 0 … time − 1, int32 [1, time]. */
export const placesFrom0 = (time: Dim): Tensor => reshape(range({ size: time }), { shape: [1, time] });

/** What the attention of every layer of a stack does with positions. */
export function relationAt({ turn, bias, context }: PositionUse, stack: Scope, places: Places): Relation {
  let shared: LayerBias | undefined;
  return {
    ...(turn && { turn: (x) => turn(x, places.query) }),
    ...(bias && {
      bias(attention, query) {
        shared ??= bias(stack, places);
        return shared(attention, query);
      },
    }),
    ...(context && { context: (attention, weights) => context({ stack, attention }, weights, places) }),
  };
}
