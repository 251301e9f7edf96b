import { defineOp, elementwise, map, mul, negate, type OpCall, unary } from '../graph/index.ts';

/** Sine, elementwise. `x`: [...] → [...]. */
export const sin: OpCall<['x']> = defineOp({
  name: 'sin',
  inputs: ['x'],
  ...unary,
  reference: map(Math.sin),
  vjp: ({ x, g }) => [mul(g, cos(x))],
  lower: (emit, inputs) => emit('Sin', inputs),
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
  lower: (emit, inputs) => emit('Cos', inputs),
  loop: { ...elementwise, range: 'unit' },
  samples: [{ x: { shape: [2, 4], range: [-6, 6] } }],
});
