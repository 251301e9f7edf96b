import {
  broadcastTo,
  constantTensor,
  defineComposite,
  defineOp,
  gather,
  map,
  mul,
  type OpCall,
  reshape,
  scatterAdd,
  sizeOf,
  type Tensor,
} from '../graph/index.ts';
import { sub } from './arithmetic.ts';
import { cast, equal, where } from './logic.ts';

/** The same values, through which no gradient flows. `x`: [...] → [...]. */
export const stopGradient: OpCall<['x']> = defineOp({
  name: 'stopGradient',
  inputs: ['x'],
  infer: ({ x }) => x,
  reference: map((x) => x),
  vjp: () => [null],
  lower: (emit, inputs) => emit('Identity', inputs),
  simplify: ({ inputs: [x] }) => x,
  samples: [{ x: { shape: [2, 3] } }],
});

/** 1 for an id that is not `row`, else 0; one per id, in a column. float [N, 1]. */
function isOther(ids: Tensor, row: number): Tensor {
  const isRow = cast(equal(ids, constantTensor(row, [], 'int32')), { dtype: 'float' });
  return reshape(sub(1, isRow), { shape: [sizeOf(ids.shape), 1] });
}

/**
 * Vectors of tokens; the padding row gets no gradient, as `nn.Embedding` with `padding_idx`.
 *
 * `table`: [V, D], `ids`: int32 [...I] → [...I, D]. If the table is tied to an output layer, the padding row still gets
 * that layer's gradient.
 */
export const embedding: OpCall<['table', 'ids'], { readonly paddingRow: number }> = defineComposite({
  name: 'embedding',
  inputs: ['table', 'ids'],
  body: ({ table, ids }, { paddingRow }) => {
    const vectors = gather(table, ids);
    const isPadding = equal(reshape(ids, { shape: [...ids.shape, 1] }), constantTensor(paddingRow, [], 'int32'));
    return where(isPadding, stopGradient(vectors), vectors);
  },
  vjp: ({ table, ids, g, attributes: { paddingRow } }) => {
    const count = sizeOf(ids.shape);
    const rows = mul(reshape(g, { shape: [count, table.shape[1]] }), isOther(ids, paddingRow));
    const empty = broadcastTo(constantTensor(0), { shape: table.shape });
    return [scatterAdd(empty, reshape(ids, { shape: [count] }), rows), null];
  },
  lower: (emit, inputs) => emit('Gather', inputs, { axis: 0 }),
  samples: [
    {
      table: { shape: [5, 3] },
      ids: { shape: [2, 2], dtype: 'int32', values: [4, 0, 4, 2] },
      attributes: { paddingRow: 1 },
    },
    { table: { shape: [4, 2] }, ids: { shape: [3], dtype: 'int32', values: [1, 0, 1] }, attributes: { paddingRow: 0 } },
  ],
});
