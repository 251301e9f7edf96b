import { add, defineComposite, elementwise, mul, type OpCall, sum } from '../graph/index.ts';
import { div, exp, log, sub } from './arithmetic.ts';
import { reduceMax } from './reduction.ts';

const lastAxis = { axes: [-1], keepDims: true } as const;

/** e^xᵢ / Σⱼ e^xⱼ over the last axis. `x`: [..., n] → [..., n]. */
export const softmax: OpCall<['x']> = defineComposite({
  name: 'softmax',
  inputs: ['x'],
  body: ({ x }) => {
    const e = exp(sub(x, reduceMax(x, lastAxis)));
    return div(e, sum(e, lastAxis));
  },
  vjp: ({ y, g }) => [mul(y, sub(g, sum(mul(g, y), lastAxis)))],
  lower: (emit, inputs) => emit('Softmax', inputs, { axis: -1 }),
  loop: elementwise,
  samples: [{ x: { shape: [2, 5], range: [-3, 3] } }, { x: { shape: [2, 1, 3] } }],
});

/** log Σⱼ e^xⱼ over the last axis, which stays as size 1. `x`: [..., n] → [..., 1]. */
export const logSumExp: OpCall<['x']> = defineComposite({
  name: 'logSumExp',
  inputs: ['x'],
  body: ({ x }) => {
    const largest = reduceMax(x, lastAxis);
    return add(largest, log(sum(exp(sub(x, largest)), lastAxis)));
  },
  vjp: ({ x, g }) => [mul(softmax(x), g)],
  samples: [{ x: { shape: [2, 5], range: [-3, 3] } }],
});

/** x − log Σⱼ e^xⱼ over the last axis. `x`: [..., n] → [..., n]. */
export const logSoftmax: OpCall<['x']> = defineComposite({
  name: 'logSoftmax',
  inputs: ['x'],
  body: ({ x }) => sub(x, logSumExp(x)),
  vjp: ({ y, g }) => [sub(g, mul(exp(y), sum(g, lastAxis)))],
  lower: (emit, inputs, { inputs: [x] }) => {
    if (emit.has('LogSoftmax')) return emit('LogSoftmax', inputs, { axis: -1 });
    const shifted = sub(x, reduceMax(x, lastAxis));
    return emit.graph([sub(shifted, log(sum(exp(shifted), lastAxis)))], new Map([[x, inputs[0]]]))[0];
  },
  loop: elementwise,
  samples: [{ x: { shape: [2, 5], range: [-3, 3] } }],
});
