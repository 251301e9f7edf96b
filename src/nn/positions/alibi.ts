import { constantTensor, mul } from '../../graph/index.ts';
import { abs, cast } from '../../ops/index.ts';
import { distances } from './distance.ts';
import { definePosition } from './scheme.ts';

/**
 * The slope of every head: 2^(−8h/H) for h = 1 … H. If H is not a power of 2: the slopes for the next lower power n,
 * then every second slope for 2n.
 *
 * Source: Press, Smith & Lewis 2022, section 3; the rule for other H is that of their code.
 */
export function alibiSlopes(heads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(heads));
  const slope = (h: number, of: number) => 2 ** ((-8 * h) / of);
  return Array.from({ length: heads }, (_, i) =>
    i < power ? slope(i + 1, power) : slope(2 * (i - power) + 1, 2 * power),
  );
}

/**
 * Attention with linear biases: every head subtracts its slope times the distance from the score, in both directions if
 * both are visible. It has no parameters and no length limit.
 *
 * Source: Press, Smith & Lewis 2022, section 3.
 */
export const alibi = definePosition({
  fields: {},
  use: ({ heads }) => ({
    bias: (_stack, places) => {
      const falls = alibiSlopes(heads).map((slope) => -slope);
      const bias = mul(abs(cast(distances(places), { dtype: 'float' })), constantTensor(falls, [1, heads, 1, 1]));
      return () => bias;
    },
  }),
});
