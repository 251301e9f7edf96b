import { defineOp, equalDim, type OpCall, ShapeError, zeros } from '../graph/index.ts';

/**
 * The first tokens of every row in reverse order, the others unchanged. `x`: [B, T, ...], `lengths`: int32 [B], the
 * number of tokens of each row to reverse → [B, T, ...].
 */
export const reverseSequence: OpCall<['x', 'lengths']> = defineOp({
  name: 'reverseSequence',
  inputs: ['x', 'lengths'],
  infer: ({ x, lengths }) => {
    const isRight = x.rank >= 2 && lengths.rank === 1 && lengths.dtype === 'int32';
    if (!isRight || !equalDim(x.shape[0], lengths.shape[0])) {
      throw new ShapeError(`reverseSequence: expected x [B, T, ...] and int32 lengths [B], got ${x}, ${lengths}`);
    }
    return x;
  },
  reference: ({ x, lengths }, _, [out]) => {
    const [, time, ...rest] = x.shape;
    const size = rest.reduce((n, length) => n * length, 1);
    const result = zeros(out.shape, out.dtype);
    lengths.data.forEach((length, row) => {
      if (length < 0 || length > time) {
        throw new RangeError(`reverseSequence: a length must be in 0 … ${time}, got ${length}`);
      }
      for (let t = 0; t < time; t++) {
        const from = (row * time + (t < length ? length - 1 - t : t)) * size;
        result.data.set(x.data.subarray(from, from + size), (row * time + t) * size);
      }
    });
    return result;
  },
  vjp: ({ lengths, g }) => [reverseSequence(g, lengths), null],
  lower: (emit, [x, lengths]) =>
    emit('ReverseSequence', [x, emit.cast(lengths, 'int64')], { batch_axis: 0, time_axis: 1 }),
  loop: { range: 'asInputs' },
  samples: [
    { x: { shape: [3, 4] }, lengths: { shape: [3], dtype: 'int32', values: [4, 2, 0] } },
    { x: { shape: [2, 3, 2] }, lengths: { shape: [2], dtype: 'int32', values: [1, 3] } },
  ],
});
