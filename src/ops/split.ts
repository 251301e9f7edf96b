import {
  addDim,
  axisOf,
  behindFirst,
  type Dim,
  defineListOp,
  defineOp,
  equalDim,
  type ListOpCall,
  type OpCall,
  ShapeError,
  showShape,
  type Tensor,
  type Value,
  zeros,
  zerosOf,
} from '../graph/index.ts';

/** Sizes in front of an axis and from it on: how a row-major array falls into blocks. */
const blocks = ({ shape }: { readonly shape: readonly number[] }, axis: number): number =>
  shape.slice(axis).reduce((count, size) => count * size, 1);

/** Tensors one after the other along `axis`. Each [..., nᵢ, ...] → [..., Σ nᵢ, ...]. */
export const concatenate: ListOpCall<{ readonly axis: number }> = defineListOp({
  name: 'concatenate',
  infer: (inputs, { axis }) => {
    const [first, ...others] = inputs;
    const at = axisOf('concatenate', axis, first.rank);
    const agrees = ({ shape, dtype }: Tensor) =>
      dtype === first.dtype &&
      shape.length === first.rank &&
      shape.every((size, i) => i === at || equalDim(size, first.shape[i]));
    if (!others.every(agrees)) {
      throw new ShapeError(`concatenate: shapes must agree but on axis ${axis}, got ${inputs.join(', ')}`);
    }
    const total = inputs.reduce((sum: Dim, { shape }) => addDim(sum, shape[at]), 0);
    return { shape: first.shape.map((size, i) => (i === at ? total : size)), dtype: first.dtype };
  },
  reference: (inputs, { axis }, out) => {
    const at = axisOf('concatenate', axis, out.shape.length);
    const result = zeros(out.shape, out.dtype);
    const row = blocks(out, at);
    let start = 0;
    for (const input of inputs) {
      const width = blocks(input, at);
      for (let i = 0; i * width < input.data.length; i++) {
        result.data.set(input.data.subarray(i * width, (i + 1) * width), i * row + start);
      }
      start += width;
    }
    return result;
  },
  vjp: ({ inputs, g, attributes: { axis } }) => {
    const at = axisOf('concatenate', axis, g.rank);
    return split.all(g, { axis: at, sizes: inputs.map(({ shape }) => shape[at] as number) });
  },
  lower: (emit, inputs, { attributes: { axis } }) => emit('Concat', inputs, { axis }),
  batching: (inputs, { axis }, isStacked) =>
    isStacked.every(Boolean) ? [concatenate(inputs, { axis: behindFirst(axis) })] : null,
  samples: [
    { inputs: [{ shape: [4, 3] }, { shape: [4, 1] }, { shape: [4, 2] }], attributes: { axis: -1 } },
    { inputs: [{ shape: [1, 3] }, { shape: [2, 3] }], attributes: { axis: 0 } },
  ],
});

/**
 * Parts of given `sizes` along `axis`, in order. `x`: [..., Σ sizes, ...] → one [..., sizeᵢ, ...] each.
 *
 * @throws {ShapeError} when the sizes are no numbers or do not add up.
 */
export const split: OpCall<['x'], { readonly axis: number; readonly sizes: readonly number[] }> = defineOp({
  name: 'split',
  inputs: ['x'],
  infer: ({ x }, { axis, sizes }) => {
    const at = axisOf('split', axis, x.rank);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (x.shape[at] !== total) {
      throw new ShapeError(`split: sizes ${showShape(sizes)} must add up to axis ${axis} of ${showShape(x.shape)}`);
    }
    return sizes.map((size) => ({ shape: x.shape.map((n, i) => (i === at ? size : n)), dtype: x.dtype }));
  },
  reference: ({ x }, { axis }, outputs) => {
    const at = axisOf('split', axis, x.shape.length);
    const row = blocks(x, at);
    let start = 0;
    return outputs.map((out): Value => {
      const result = zeros(out.shape, out.dtype);
      const width = blocks(out, at);
      for (let i = 0; i * width < result.data.length; i++) {
        result.data.set(x.data.subarray(i * row + start, i * row + start + width), i * width);
      }
      start += width;
      return result;
    });
  },
  vjp: ({ ys, gs, attributes: { axis } }) => [
    concatenate(
      gs.map((g, i) => g ?? zerosOf(ys[i].shape)),
      { axis },
    ),
  ],
  lower: (emit, [x], { attributes: { axis, sizes } }) =>
    emit.many('Split', [x, emit.constant(sizes, 'int64', [sizes.length])], sizes.length, { axis }),
  batching: ([x], { axis, sizes }) => split.all(x, { axis: behindFirst(axis), sizes }),
  samples: [
    { x: { shape: [2, 6] }, attributes: { axis: -1, sizes: [1, 3, 2] } },
    { x: { shape: [4, 3] }, attributes: { axis: 0, sizes: [2, 2] } },
  ],
});
