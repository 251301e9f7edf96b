import { constantTensor, defineComposite, mul, type OpCall, ShapeError } from '../graph/index.ts';
import { cast, less } from './logic.ts';

/** p as the engine applies it: rounded to 1/256, because one random byte decides one element. */
export const roundedRate = (p: number): number => Math.round(p * 256) / 256;

/**
 * Dropout: each element is 0 with probability p, else x/(1 − p). `x`: [...], `bytes`: uint8, x's shape → [...].
 *
 * An element is dropped where its random byte is below 256·p; p is rounded to 1/256 and the scale uses the rounded p.
 * Source: Srivastava et al. 2014, in its inverted form.
 * @throws {ShapeError} when p is negative or rounds to 1.
 */
export const dropout: OpCall<['x', 'bytes'], { readonly p: number }> = defineComposite({
  name: 'dropout',
  inputs: ['x', 'bytes'],
  body: ({ x, bytes }, { p }) => {
    const rate = roundedRate(p);
    if (!(rate >= 0 && rate < 1))
      throw new ShapeError(`dropout: p must be at least 0 and round to less than 1, got ${p}`);
    if (rate === 0) return x;
    const keep = cast(less(constantTensor([256 * rate - 1], [], 'uint8'), bytes), { dtype: 'float' });
    // The gradient uses the scaled mask too.
    return mul(x, mul(keep, 1 / (1 - rate)));
  },
  samples: [
    {
      x: { shape: [2, 3] },
      bytes: { shape: [2, 3], dtype: 'uint8', values: [0, 127, 128, 255, 3, 200] },
      attributes: { p: 0.5 },
    },
    { x: { shape: [3] }, bytes: { shape: [3], dtype: 'uint8', values: [0, 1, 255] }, attributes: { p: 0.001 } },
    { x: { shape: [3] }, bytes: { shape: [3], dtype: 'uint8', values: [0, 254, 255] }, attributes: { p: 0.997 } },
  ],
});
