import { axisOf, constantTensor, type Dim, defineOp, type OpCall, zeros } from '../graph/index.ts';

/** 0, 1, … size − 1. → int32 [size]. */
export const range: OpCall<[], { readonly size: Dim }> = defineOp({
  name: 'range',
  inputs: [],
  infer: (_, { size }) => ({ shape: [size], dtype: 'int32' }),
  reference: (_, __, [out]) => {
    const result = zeros(out.shape, 'int32');
    return { ...result, data: result.data.map((_x, i) => i) };
  },
  vjp: 'none',
  lower: (emit, _, { attributes: { size } }) => {
    const count = emit.cast(emit('Squeeze', [emit.shape([size])]), 'int32');
    return emit('Range', [emit.constant(0, 'int32'), count, emit.constant(1, 'int32')]);
  },
  samples: [{ attributes: { size: 4 } }],
});

/** The size of one axis of `x` as a float scalar. `x`: [...] → []. */
export const axisSize: OpCall<['x'], { readonly axis: number }> = defineOp({
  name: 'axisSize',
  inputs: ['x'],
  infer: ({ x }, { axis }) => {
    axisOf('axisSize', axis, x.rank);
    return { shape: [], dtype: 'float' };
  },
  reference: ({ x }, { axis }) => ({ shape: [], dtype: 'float', data: Float64Array.of(sizeAt(x, axis)) }),
  vjp: () => [null],
  lower: (emit, _, { inputs: [x], attributes: { axis } }) =>
    emit.cast(emit('Squeeze', [emit.shape([sizeAt(x, axis)])]), 'float'),
  simplify: ({ inputs: [x], attributes: { axis } }) => {
    const size = sizeAt(x, axis);
    return typeof size === 'number' ? constantTensor(size) : null;
  },
  samples: [
    { x: { shape: [2, 3] }, attributes: { axis: 1 } },
    { x: { shape: [2, 3] }, attributes: { axis: -2 } },
  ],
});

const sizeAt = <D extends Dim>({ shape }: { readonly shape: readonly D[] }, axis: number): D =>
  shape[axisOf('axisSize', axis, shape.length)];
