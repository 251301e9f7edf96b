import { add, defineComposite, defineOp, elementwise, map, mul, type OpCall, unary } from '../graph/index.ts';
import { exp, square, sub } from './arithmetic.ts';
import { cast, less } from './logic.ts';

/** Hyperbolic tangent, elementwise. `x`: [...] → [...]. */
export const tanh: OpCall<['x']> = defineOp({
  name: 'tanh',
  inputs: ['x'],
  ...unary,
  reference: map(Math.tanh),
  vjp: ({ y, g }) => [mul(g, sub(1, square(y)))],
  lower: (emit, inputs) => emit('Tanh', inputs),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});

/** Logistic sigmoid 1/(1 + e⁻ˣ), elementwise. `x`: [...] → [...]. */
export const sigmoid: OpCall<['x']> = defineOp({
  name: 'sigmoid',
  inputs: ['x'],
  ...unary,
  reference: map((x) => 1 / (1 + Math.exp(-x))),
  vjp: ({ y, g }) => [mul(g, mul(y, sub(1, y)))],
  lower: (emit, inputs) => emit('Sigmoid', inputs),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [2, 3], range: [-4, 4] } }],
});

/** max(x, 0), elementwise; the derivative at 0 is 0, as PyTorch's. `x`: [...] → [...]. */
export const relu: OpCall<['x']> = defineOp({
  name: 'relu',
  inputs: ['x'],
  ...unary,
  reference: map((x) => Math.max(x, 0)),
  vjp: ({ y, g }) => [mul(g, cast(less(0, y), { dtype: 'float' }))],
  lower: (emit, inputs) => emit('Relu', inputs),
  samples: [{ x: { shape: [2, 3] } }],
});

/**
 * The error function erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, elementwise. `x`: [...] → [...].
 *
 * Source: the Maclaurin series below |x| = 3, the continued fraction of erfc above (Abramowitz & Stegun 7.1.6, 7.1.14).
 */
export const erf: OpCall<['x']> = defineOp({
  name: 'erf',
  inputs: ['x'],
  ...unary,
  reference: map(erfOf),
  vjp: ({ x, g }) => [mul(g, mul(exp(mul(square(x), -1)), 2 / Math.sqrt(Math.PI)))],
  lower: (emit, inputs) => emit('Erf', inputs),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [8], values: [-4, -2.9, -1, -0.1, 0.3, 1.5, 3.1, 5] } }],
});

function erfOf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction));
  }
  let term = x;
  let total = x;
  for (let n = 1; n < 80; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/**
 * Gaussian error linear unit, exact: x·Φ(x). `x`: [...] → [...].
 *
 * With s = x/√2 the derivative is ½(1 + erf s + 2/√π·s·e^(−s²)), with the factor in the exponent to save a pass.
 *
 * Source: Hendrycks & Gimpel 2016.
 */
export const gelu: OpCall<['x']> = defineComposite({
  name: 'gelu',
  inputs: ['x'],
  body: ({ x }) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
  vjp({ x, g }) {
    const s = mul(x, Math.SQRT1_2);
    const slope = mul(s, exp(sub(Math.log(2 / Math.sqrt(Math.PI)), square(s))));
    return [mul(g, mul(add(add(erf(s), slope), 1), 0.5))];
  },
  lower: (emit, inputs) => emit('com.microsoft.Gelu', inputs),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});

/** GELU in its tanh form (`gelu_new`, GPT-2). `x`: [...] → [...]. Source: Hendrycks & Gimpel 2016, section 2. */
export const geluTanh: OpCall<['x']> = defineComposite({
  name: 'geluTanh',
  inputs: ['x'],
  body: ({ x }) => {
    const cubic = mul(mul(x, mul(x, x)), 0.044715);
    return mul(mul(x, 0.5), add(tanh(mul(add(x, cubic), Math.sqrt(2 / Math.PI))), 1));
  },
  lower: (emit, inputs) => emit('Gelu', inputs, { approximate: 'tanh' }),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});

/** Sigmoid linear unit x·σ(x), also called swish. `x`: [...] → [...]. */
export const silu: OpCall<['x']> = defineComposite({
  name: 'silu',
  inputs: ['x'],
  body: ({ x }) => mul(x, sigmoid(x)),
  lower: (emit, inputs) => emit('com.microsoft.QuickGelu', inputs, { alpha: { float: 1 } }),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});

/** x·σ(1.702 x). `x`: [...] → [...]. Source: Hendrycks & Gimpel 2016, section 2. */
export const quickGelu: OpCall<['x']> = defineComposite({
  name: 'quickGelu',
  inputs: ['x'],
  body: ({ x }) => mul(x, sigmoid(mul(x, 1.702))),
  lower: (emit, inputs) => emit('com.microsoft.QuickGelu', inputs, { alpha: { float: 1.702 } }),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});
