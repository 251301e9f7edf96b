import { defineOp, equalDim, mulDim, type OpCall, ShapeError, sizeOf, value, zeros } from '../graph/index.ts';

/** The number that stands for 0 in a quantized row. */
const zeroPoint = 128;
/** Steps of a quantized row on either side of 0. */
const rowSteps = 127;
/** Added to a scale, so that a row of zeros has one. */
const leastScale = 1e-30;

/**
 * Steps of a quantized weight on either side of 0. Processors without VNNI or the dot products of ARM add up pairs of
 * products in 16 bits, and 2·255·64 is the largest sum of a pair that fits, so that a product of integers is exact on
 * every processor.
 *
 * Source: ONNX Runtime's MLAS, `VPMADDUBSW` in its kernels for uint8 × int8 on AVX2 and AVX-512.
 */
export const weightSteps = 64;

/** The nearest whole number; of two, the even one, as ONNX's `QuantizeLinear`. */
function nearestEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Every row as bytes with a scale of its own, so that a row does not depend on the others: 128 + x/scale, rounded, where
 * scale is max |x|/127 of the row. `x`: [N, K] → uint8 [N, K], scale [N, 1].
 */
export const quantizeRows: OpCall<['x']> = defineOp({
  name: 'quantizeRows',
  inputs: ['x'],
  infer: ({ x }) => {
    if (x.rank !== 2 || x.dtype !== 'float') throw new ShapeError(`quantizeRows: expected float [N, K], got ${x}`);
    return [
      { shape: x.shape, dtype: 'uint8' },
      { shape: [x.shape[0], 1], dtype: 'float' },
    ];
  },
  reference: ({ x }, _, [{ shape }]) => {
    const [rows, width] = shape;
    const scale = zeros([rows, 1]);
    const bytes = zeros(shape, 'uint8');
    for (let row = 0; row < rows; row++) {
      const numbers = x.data.subarray(row * width, (row + 1) * width);
      const most = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      scale.data[row] = most / rowSteps + leastScale;
      bytes.data.set(
        numbers.map((x) => zeroPoint + nearestEven(x / scale.data[row])),
        row * width,
      );
    }
    return [bytes, scale];
  },
  vjp: 'none',
  lower: (emit, [x], { inputs: [{ shape }] }) => {
    const axis = emit.constant([1], 'int64', [1]);
    const most = emit('ReduceMax', [emit('Abs', [x]), axis]);
    // Not the larger of both: an addition takes half as long, and leaves every scale above 1e-22 as it is.
    const scale = emit('Add', [
      emit('Mul', [most, emit.constant(1 / rowSteps, 'float')]),
      emit.constant(leastScale, 'float'),
    ]);
    if (emit.habits.has('noRowScales')) {
      const steps = emit('Div', [x, scale]);
      return [emit('QuantizeLinear', [steps, emit.constant(1, 'float'), emit.constant(zeroPoint, 'uint8')]), scale];
    }
    const zero = emit('Expand', [emit.constant([zeroPoint], 'uint8', [1]), emit.shape([shape[0]])]);
    const bytes = emit('QuantizeLinear', [x, emit('Squeeze', [scale, axis]), zero], { axis: 0 });
    return [bytes, scale];
  },
  samples: [{ x: { shape: [3, 4] } }, { x: { shape: [2, 3], values: [0, 0, 0, -8, 0.1, 127] } }],
});

/**
 * The product of quantized rows and a quantized matrix: Σ (bytes − 128)·w in integers, then times both scales.
 * `bytes`: uint8 [N, I], `scale`: [N, 1], `w`: int8 [I, O], `columns`: [O], the scale of each output → [N, O].
 */
export const quantizedMatmul: OpCall<['bytes', 'scale', 'w', 'columns']> = defineOp({
  name: 'quantizedMatmul',
  inputs: ['bytes', 'scale', 'w', 'columns'],
  infer: ({ bytes, scale, w, columns }) => {
    const [rows, width] = bytes.shape;
    const areTypes = bytes.dtype === 'uint8' && w.dtype === 'int8' && bytes.rank === 2 && w.rank === 2;
    if (!areTypes || !equalDim(width, w.shape[0]) || !equalDim(sizeOf(columns.shape), w.shape[1])) {
      throw new ShapeError(
        `quantizedMatmul: expected bytes uint8 [N, I], scale [N, 1], w int8 [I, O], columns [O], got ${[bytes, scale, w, columns].join(', ')}`,
      );
    }
    return { shape: [rows, w.shape[1]], dtype: 'float' };
  },
  reference: ({ bytes, scale, w, columns }, _, [{ shape }]) => {
    const [rows, width] = shape;
    const inner = w.shape[0];
    const data = new Float64Array(rows * width);
    for (let at = 0; at < data.length; at++) {
      const [row, column] = [Math.floor(at / width), at % width];
      let total = 0;
      for (let i = 0; i < inner; i++) total += (bytes.data[row * inner + i] - zeroPoint) * w.data[i * width + column];
      data[at] = total * scale.data[row] * columns.data[column];
    }
    return value(shape, data);
  },
  vjp: 'none',
  lower: (emit, [bytes, scale, w, columns]) => {
    const zero = emit.constant(zeroPoint, 'uint8');
    // Both scales at once is a fusion of ONNX Runtime for one scale of all rows, so only the columns' is given to it.
    const ofColumns = emit('com.microsoft.MatMulIntegerToFloat', [bytes, w, emit.constant(1, 'float'), columns, zero]);
    return emit('Mul', [ofColumns, scale]);
  },
  multiplications: ({ inputs: [bytes, , w] }) => mulDim(sizeOf(bytes.shape), w.shape[1]),
  samples: [
    {
      bytes: { shape: [2, 3], dtype: 'uint8', values: [1, 128, 255, 130, 120, 0] },
      scale: { shape: [2, 1], values: [0.5, 2] },
      w: { shape: [3, 2], dtype: 'int8', values: [64, -64, 3, 0, -5, 64] },
      columns: { shape: [2], values: [0.25, -1] },
    },
  ],
});
