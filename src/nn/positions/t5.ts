import * as z from 'zod';
import { constantTensor, gather, reshape, type Tensor } from '../../graph/index.ts';
import { transpose } from '../../ops/index.ts';
import { normal } from '../initializer.ts';
import { clippedDistances } from './distance.ts';
import { definePosition, type Places } from './scheme.ts';

/** How distances are assigned to buckets. */
export interface Buckets {
  readonly count: number;
  /** All distances from here on share the last bucket. */
  readonly maxDistance: number;
  /** Whether half of the buckets are for keys after the query; otherwise those count as distance 0. */
  readonly isBidirectional: boolean;
}

/**
 * The bucket of a distance, key − query: one bucket per small distance, then logarithmically wider ones up to
 * `maxDistance`.
 *
 * Source: Raffel et al. 2020, section 2.1; Transformers' `_relative_position_bucket`.
 */
export function positionBucket(distance: number, { count, maxDistance, isBidirectional }: Buckets): number {
  const size = isBidirectional ? Math.floor(count / 2) : count;
  const first = isBidirectional && distance > 0 ? size : 0;
  const far = isBidirectional ? Math.abs(distance) : Math.max(-distance, 0);
  const exact = Math.floor(size / 2);
  if (far < exact) return first + far;
  const share = Math.log(far / exact) / Math.log(maxDistance / exact);
  return first + Math.min(exact + Math.trunc(share * (size - exact)), size - 1);
}

/**
 * The learned numbers of the distances between places, for every head: [B|1, H, T|1, S].
 *
 * @param table `[buckets, H]`.
 */
export function bucketBias(table: Tensor, buckets: Buckets, places: Places): Tensor {
  const { maxDistance } = buckets;
  const bucketOf = Array.from({ length: 2 * maxDistance + 1 }, (_, i) => positionBucket(i - maxDistance, buckets));
  const at = clippedDistances(places, maxDistance);
  const [rows, , time, keys] = at.shape;
  const ids = gather(constantTensor(bucketOf, [bucketOf.length], 'int32'), reshape(at, { shape: [rows, time, keys] }));
  return transpose(gather(table, ids), { permutation: [0, 3, 1, 2] });
}

/**
 * A learned number for every distance bucket and every head, added to the scores and shared by the layers of the stack:
 * `relative_attention_bias.weight` [buckets, H]. Unlike in T5, scores are scaled by 1/√K.
 *
 * Source: Raffel et al. 2020, section 2.1.
 */
export const t5 = definePosition({
  fields: {
    relative_attention_num_buckets: z.int().min(4).multipleOf(2).default(32).describe('number of distance buckets'),
    relative_attention_max_distance: z
      .int()
      .min(1)
      .max(2 ** 20)
      .default(128)
      .describe('distance from which all are in the last bucket'),
  },
  fault: (_, { relative_attention_num_buckets: count, relative_attention_max_distance: most }) =>
    most > count / 2 ? undefined : `expected relative_attention_max_distance above ${count / 2}, got ${most}`,
  use: (
    { heads, isCausal },
    { relative_attention_num_buckets: count, relative_attention_max_distance: maxDistance },
  ) => ({
    bias: (stack, places) => {
      const table = stack
        .at('relative_attention_bias')
        .parameter('weight', [count, heads], normal(0, 0.02), { part: 'relative' });
      const bias = bucketBias(table, { count, maxDistance, isBidirectional: !isCausal }, places);
      return () => bias;
    },
  }),
});
