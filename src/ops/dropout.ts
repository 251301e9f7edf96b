import { constantTensor, defineComposite, mul, type OpCall } from '../graph/index.ts';
import { cast, less } from './logic.ts';

/** p as the engine applies it: in steps of 1/256, since one random byte decides one element. */
export const roundedRate = (p: number): number => Math.round(p * 256) / 256;

/**
 * Dropout: each element is 0 with probability p, else x/(1 − p). `x`: [...], `bytes`: uint8, x's shape → [...].
 *
 * An element is dropped where its random byte is below 256·p; p is rounded to 1/256 and the scale uses the rounded p.
 * Source: Srivastava et al. 2014, in its inverted form.
 */
export const dropout: OpCall<['x', 'bytes'], { readonly p: number }> = defineComposite({
  name: 'dropout',
  inputs: ['x', 'bytes'],
  body: ({ x, bytes }, { p }) => {
    const threshold = Math.round(p * 256);
    const keep = cast(less(constantTensor([threshold - 1], [], 'uint8'), bytes), { dtype: 'float' });
    return mul(mul(x, keep), 1 / (1 - roundedRate(p)));
  },
  samples: [
    {
      x: { shape: [2, 3] },
      bytes: { shape: [2, 3], dtype: 'uint8', values: [0, 127, 128, 255, 3, 200] },
      attributes: { p: 0.5 },
    },
  ],
});
