import {
  constantTensor,
  type Dim,
  defineComposite,
  defineOp,
  gather,
  mul,
  type OpCall,
  reshape,
  ShapeError,
  sizeOf,
  type Tensor,
  zeros,
} from '../graph/index.ts';
import { cast, less, where } from './logic.ts';
import { axisSize } from './range.ts';

/**
 * The first place at which each of 0, 1, … size − 1 stands in `rows`, and M where it does not. `rows`: int32 [M] → int32
 * [size]. The inverse of a permutation.
 */
export const firstPlaces: OpCall<['rows'], { readonly size: Dim }> = defineOp({
  name: 'firstPlaces',
  inputs: ['rows'],
  infer: ({ rows }, { size }) => {
    if (rows.rank !== 1 || rows.dtype !== 'int32') {
      throw new ShapeError(`firstPlaces: expected rows int32 [M], got ${rows}`);
    }
    return { shape: [size], dtype: 'int32' };
  },
  reference: ({ rows }, _, [out]) => {
    const result = zeros(out.shape, 'int32');
    return {
      ...result,
      data: result.data.map((_x, i) => (rows.data.includes(i) ? rows.data.indexOf(i) : rows.data.length)),
    };
  },
  vjp: 'none',
  lower: (emit, [rows], { inputs: [{ shape }], attributes: { size } }) => {
    const count = emit.cast(emit('Squeeze', [emit.shape(shape)]), 'int32');
    const places = emit('Range', [emit.constant(0, 'int32'), count, emit.constant(1, 'int32')]);
    const none = emit('Expand', [count, emit.shape([size])]);
    return emit('ScatterElements', [none, rows, places], { axis: 0, reduction: 'min' });
  },
  samples: [
    { rows: { shape: [3], dtype: 'int32', values: [2, 0, 3] }, attributes: { size: 5 } },
    { rows: { shape: [4], dtype: 'int32', values: [1, 0, 1, 0] }, attributes: { size: 2 } },
  ],
});

/**
 * Rows of a table, each at most once: what `gather` gives, with a gradient that gathers too. `table`: [N, D], `rows`:
 * int32 [...I] → [...I, D].
 *
 * The engine adds scattered rows up number by number, on one thread. A row may be repeated only by later ones whose
 * cotangent is zero, as those are that fill a chunk of the loss.
 */
export const pick: OpCall<['table', 'rows']> = defineComposite({
  name: 'pick',
  inputs: ['table', 'rows'],
  body: ({ table, rows }) => gather(table, rows),
  vjp: ({ table, rows, g }) => {
    const count = sizeOf(rows.shape);
    const [size, width] = table.shape;
    const flat = reshape(rows, { shape: [count] });
    const places = firstPlaces(flat, { size });
    const isPicked = less(places, cast(axisSize(flat, { axis: 0 }), { dtype: 'int32' }));
    const found = gather(
      reshape(g, { shape: [count, width] }),
      where(isPicked, places, constantTensor(0, [], 'int32')),
    );
    return [mul(found, column(cast(isPicked, { dtype: 'float' }))), null];
  },
  lower: (emit, inputs) => emit('Gather', inputs, { axis: 0 }),
  samples: [
    { table: { shape: [5, 3] }, rows: { shape: [2, 2], dtype: 'int32', values: [4, 0, 3, 2] } },
    { table: { shape: [3, 2] }, rows: { shape: [3], dtype: 'int32', values: [1, 2, 0] } },
  ],
});

const column = (x: Tensor): Tensor => reshape(x, { shape: [x.shape[0], 1] });
