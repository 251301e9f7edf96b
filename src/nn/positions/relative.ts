import * as z from 'zod';
import { broadcastTo, constantTensor, mul, type Tensor } from '../../graph/index.ts';
import { addAlong, linear, takeAlong, transposeMatrix } from '../../ops/index.ts';
import { xavierUniform } from '../initializer.ts';
import type { Scope } from '../scope.ts';
import { clippedDistances } from './distance.ts';
import { definePosition, type Places, type PositionScopes } from './scheme.ts';

/**
 * Relative position representations: a learned vector a^K for every clipped distance, added to the keys, and one a^V,
 * added to the values. Each layer has its own, shared by its heads: `relative_keys.weight` [2k + 1, K] and
 * `relative_values.weight` [2k + 1, Kv], row clip(j − i, −k, k) + k.
 *
 * Source: Shaw, Uszkoreit & Vaswani 2018, eq. 3–5. Without values (their table 3) the results differ little.
 */
export const relative = definePosition({
  fields: {
    max_relative_position: z.int().min(1).default(16).describe('distance at which relative positions are clipped'),
    relative_values: z.boolean().default(true).describe('whether values get relative positions too, not only keys'),
  },
  use({ headWidth, headValueWidth }, { max_relative_position: most, relative_values: hasValues }) {
    const rows = 2 * most + 1;
    const table = (attention: Scope, name: string, width: number) =>
      attention.at(name).parameter('weight', [rows, width], xavierUniform(), { part: 'positions' });
    const rowsAt = (places: Places, like: Tensor, size: Tensor['shape'][number]) =>
      broadcastTo(clippedDistances(places, most), { shape: [...like.shape.slice(0, 3), size] });
    return {
      bias: (_stack, places) => (attention, query) => {
        const keys = table(attention, 'relative_keys', headWidth);
        const scores = mul(linear(query, keys), 1 / Math.sqrt(headWidth));
        return takeAlong(scores, rowsAt(places, query, places.key.shape[1]));
      },
      ...(hasValues && {
        context: ({ attention }: PositionScopes, weights: Tensor, places: Places) => {
          const values = table(attention, 'relative_values', headValueWidth);
          const none = broadcastTo(constantTensor(0), { shape: [...weights.shape.slice(0, 3), rows] });
          const byDistance = addAlong(none, rowsAt(places, weights, weights.shape[3]), weights);
          return linear(byDistance, transposeMatrix(values));
        },
      }),
    };
  },
});
