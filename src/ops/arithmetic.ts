import {
  add,
  defineOp,
  elementwise,
  map,
  mapPairs,
  mul,
  negate,
  type OpCall,
  pairSamples,
  pairwise,
  type Tensor,
  type TensorLike,
  unary,
} from '../graph/index.ts';

/** Elementwise difference with broadcasting. `a`, `b`: [...] → [...]. */
export const sub: OpCall<['a', 'b']> = defineOp({
  name: 'sub',
  inputs: ['a', 'b'],
  ...pairwise('sub'),
  reference: mapPairs((a, b) => a - b),
  vjp: ({ g }) => [g, negate(g)],
  lower: (emit, inputs) => emit('Sub', inputs),
  loop: { ...elementwise, range: 'asInputs' },
  samples: pairSamples(),
});

/** Elementwise quotient with broadcasting. `a`, `b`: [...] → [...]. */
export const div: OpCall<['a', 'b']> = defineOp({
  name: 'div',
  inputs: ['a', 'b'],
  ...pairwise('div'),
  reference: (inputs, _, outputs) => {
    const divide =
      outputs[0].dtype === 'int32' ? (a: number, b: number) => Math.trunc(a / b) : (a: number, b: number) => a / b;
    return mapPairs(divide)(inputs, _, outputs);
  },
  vjp: ({ b, y, g }) => [div(g, b), negate(div(mul(g, y), b))],
  lower: (emit, inputs) => emit('Div', inputs),
  samples: [
    ...pairSamples([0.5, 2]),
    {
      a: { shape: [6], dtype: 'int32', values: [7, -7, 6, 0, 1, -1] },
      b: { shape: [6], dtype: 'int32', values: [2, 2, -3, 5, 4, 4] },
    },
  ],
});

/** eˣ, elementwise. `x`: [...] → [...]. */
export const exp: OpCall<['x']> = defineOp({
  name: 'exp',
  inputs: ['x'],
  ...unary,
  reference: map(Math.exp),
  vjp: ({ y, g }) => [mul(g, y)],
  lower: (emit, inputs) => emit('Exp', inputs),
  samples: [{ x: { shape: [2, 3], range: [-3, 3] } }],
});

/** Natural logarithm, elementwise. `x`: [...] → [...]. */
export const log: OpCall<['x']> = defineOp({
  name: 'log',
  inputs: ['x'],
  ...unary,
  reference: map(Math.log),
  vjp: ({ x, g }) => [div(g, x)],
  lower: (emit, inputs) => emit('Log', inputs),
  samples: [{ x: { shape: [2, 3], range: [0.1, 3] } }],
});

/** Square root, elementwise. `x`: [...] → [...]. */
export const sqrt: OpCall<['x']> = defineOp({
  name: 'sqrt',
  inputs: ['x'],
  ...unary,
  reference: map(Math.sqrt),
  vjp: ({ y, g }) => [div(mul(g, 0.5), y)],
  lower: (emit, inputs) => emit('Sqrt', inputs),
  samples: [{ x: { shape: [2, 3], range: [0.1, 3] } }],
});

/** The larger of two, elementwise; equal ones get half the gradient each. `a`, `b`: [...] → [...]. */
export const maximum: OpCall<['a', 'b']> = defineOp({
  name: 'maximum',
  inputs: ['a', 'b'],
  ...pairwise('maximum'),
  reference: mapPairs(Math.max),
  vjp: ({ a, b, g }) => {
    const share = mul(add(sign(sub(a, b)), 1), 0.5);
    return [mul(g, share), mul(g, sub(1, share))];
  },
  lower: (emit, inputs) => emit('Max', inputs),
  samples: pairSamples(),
});

/** −1, 0 or 1, elementwise. `x`: [...] → [...]. Its derivative is defined as 0. */
export const sign: OpCall<['x']> = defineOp({
  name: 'sign',
  inputs: ['x'],
  ...unary,
  reference: map(Math.sign),
  vjp: () => [null],
  lower: (emit, [x]) => {
    if (emit.has('Sign')) return emit('Sign', [x]);
    const zero = emit.constant(0, 'float');
    const [isAbove, isBelow] = ['Greater', 'Less'].map((type) => emit.cast(emit(type, [x, zero]), 'float'));
    return emit('Sub', [isAbove, isBelow]);
  },
  samples: [{ x: { shape: [4], values: [-0.4, 0.1, -3, 2] } }, { x: { shape: [3], values: [-1, 0, 1] } }],
});

/** |x|, elementwise; its derivative at 0 is 0. `x`: [...] → [...]. */
export const abs: OpCall<['x']> = defineOp({
  name: 'abs',
  inputs: ['x'],
  ...unary,
  reference: map(Math.abs),
  vjp: ({ x, g }) => [mul(g, sign(x))],
  lower: (emit, inputs) => emit('Abs', inputs),
  samples: [{ x: { shape: [2, 3] } }],
});

/** x², elementwise. */
export const square = (x: Tensor): Tensor => mul(x, x);

/** The smaller of two, elementwise. */
export const minimum = (a: TensorLike, b: TensorLike): Tensor => negate(maximum(negate(a), negate(b)));
