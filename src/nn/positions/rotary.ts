import * as z from 'zod';
import { add, constantTensor, mul, reshape } from '../../graph/index.ts';
import { cast, concat, cos, sin, slice, sub } from '../../ops/index.ts';
import { definePosition } from './scheme.ts';

/**
 * Rotary positions: queries and keys are rotated by angles that grow with their position p, so that a score depends
 * only on the distance. Element i of the first half and element i of the second half form a pair, rotated by
 * p·θ^(−2i/K).
 *
 * Source: Su et al. 2021, eq. 34, where the elements of a pair are neighbours: equal up to the order of rows in the
 * weights of queries and keys.
 */
export const rotary = definePosition({
  fields: { rope_theta: z.number().positive().default(10000).describe('base of the wavelengths, θ') },
  fault: ({ headWidth }) => (headWidth % 2 ? `expected an even width of a head's keys, got ${headWidth}` : undefined),
  use({ headWidth }, { rope_theta: theta }) {
    const half = headWidth / 2;
    const frequencies = Array.from({ length: half }, (_, i) => theta ** ((-2 * i) / headWidth));
    return {
      turn: (x, at) => {
        const [rows, time] = at.shape;
        const place = cast(reshape(at, { shape: [rows, 1, time, 1] }), { dtype: 'float' });
        const angle = mul(place, constantTensor(frequencies, [half]));
        const [a, b] = [0, half].map((start) => slice(x, { axis: 3, start, end: start + half }));
        const [c, s] = [cos(angle), sin(angle)];
        return concat([sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))], { axis: 3 });
      },
    };
  },
});
