import { add, defineOp, map, mul, type OpCall, unary } from '../graph/index.ts';
import { sigmoid } from './activation.ts';
import { less, where } from './logic.ts';

/** log(1 + eˣ), elementwise, without overflow. `x`: [...] → [...]. */
export const softplus: OpCall<['x']> = defineOp({
  name: 'softplus',
  inputs: ['x'],
  ...unary,
  reference: map((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  vjp: ({ x, g }) => [mul(g, sigmoid(x))],
  lower: (emit, inputs) => emit('Softplus', inputs),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }, { x: { shape: [4], values: [-80, -20, 20, 1000] } }],
});

/**
 * x within `min` … `max`, elementwise. `x`: [...] → [...], float, or int32 with whole bounds. At the bounds the derivative is 0, as in PyTorch's
 * `hardtanh` and `relu6` (its `clamp` has 1 there).
 */
export const clip: OpCall<['x'], { readonly min: number; readonly max: number }> = defineOp({
  name: 'clip',
  inputs: ['x'],
  ...unary,
  reference: ({ x }, { min, max }, [out]) => ({ ...out, data: x.data.map((n) => Math.min(Math.max(n, min), max)) }),
  vjp: ({ x, g, attributes: { min, max } }) => [where(less(min, x), where(less(x, max), g, 0), 0)],
  lower: (emit, [x], { inputs: [{ dtype }], attributes: { min, max } }) =>
    emit('Clip', [x, emit.constant(min, dtype), emit.constant(max, dtype)]),
  samples: [
    { x: { shape: [2, 4], range: [-2, 2] }, attributes: { min: -1, max: 0.5 } },
    { x: { shape: [4], dtype: 'int32', values: [-3, 0, 1, 5] }, attributes: { min: -2, max: 1 } },
  ],
});

/** x where it is positive, else slope·x, elementwise. `x`: [...] → [...]. Source: Maas, Hannun & Ng 2013. */
export const leakyRelu: OpCall<['x'], { readonly slope: number }> = defineOp({
  name: 'leakyRelu',
  inputs: ['x'],
  ...unary,
  reference: ({ x }, { slope }, [out]) => ({ ...out, data: x.data.map((n) => (n > 0 ? n : slope * n)) }),
  vjp: ({ x, g, attributes: { slope } }) => [where(less(0, x), g, mul(g, slope))],
  lower: (emit, inputs, { attributes: { slope } }) => emit('LeakyRelu', inputs, { alpha: { float: slope } }),
  samples: [{ x: { shape: [2, 4] }, attributes: { slope: 0.1 } }],
});

/** x where it is positive, else alpha·(eˣ − 1), elementwise. `x`: [...] → [...]. Source: Clevert et al. 2016, eq. 15. */
export const elu: OpCall<['x'], { readonly alpha: number }> = defineOp({
  name: 'elu',
  inputs: ['x'],
  ...unary,
  reference: ({ x }, { alpha }, [out]) => ({ ...out, data: x.data.map((n) => (n > 0 ? n : alpha * Math.expm1(n))) }),
  vjp: ({ x, y, g, attributes: { alpha } }) => [where(less(0, x), g, mul(g, add(y, alpha)))],
  lower: (emit, inputs, { attributes: { alpha } }) => emit('Elu', inputs, { alpha: { float: alpha } }),
  samples: [{ x: { shape: [2, 4], range: [-2, 2] }, attributes: { alpha: 1.5 } }],
});
