import { defineOp, elementwise, map, mul, negate, type OpCall, unary } from '../graph/index.ts';
import { sineByPolynomials } from './lowering/sine.ts';

/** Sine, elementwise. `x`: [...] → [...]. */
export const sin: OpCall<['x']> = defineOp({
  name: 'sin',
  inputs: ['x'],
  ...unary,
  reference: map(Math.sin),
  vjp: ({ x, g }) => [mul(g, cos(x))],
  lower: (emit, [x]) => (emit.has('Sin') ? emit('Sin', [x]) : sineByPolynomials(emit, x, 0)),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [2, 4], range: [-6, 6] } }],
});

/** Cosine, elementwise. `x`: [...] → [...]. */
export const cos: OpCall<['x']> = defineOp({
  name: 'cos',
  inputs: ['x'],
  ...unary,
  reference: map(Math.cos),
  vjp: ({ x, g }) => [negate(mul(g, sin(x)))],
  lower: (emit, [x]) => (emit.has('Cos') ? emit('Cos', [x]) : sineByPolynomials(emit, x, 1)),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [2, 4], range: [-6, 6] } }],
});
