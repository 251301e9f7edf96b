/** Parts of an axis: joined, split, sliced. */
import {
  addDim,
  axisOf,
  type Dim,
  defineListOp,
  defineOp,
  equalDim,
  equalShape,
  type ListOpCall,
  type OpCall,
  ShapeError,
  shiftedAxis,
  showShape,
  subDim,
  type Tensor,
  type Value,
  zeros,
  zerosOf,
} from '../graph/index.ts';

/** Sizes before an axis and from it on: the blocks of a row-major array. */
const blocks = ({ shape }: { readonly shape: readonly number[] }, axis: number): number =>
  shape.slice(axis).reduce((count, size) => count * size, 1);

/** Tensors one after the other along `axis`. Each [..., nᵢ, ...] → [..., Σ nᵢ, ...]. */
export const concat: ListOpCall<{ readonly axis: number }> = defineListOp({
  name: 'concat',
  infer: (inputs, { axis }) => {
    const [first, ...others] = inputs;
    const at = axisOf('concat', axis, first.rank);
    const agrees = ({ shape, dtype }: Tensor) =>
      dtype === first.dtype &&
      shape.length === first.rank &&
      shape.every((size, i) => i === at || equalDim(size, first.shape[i]));
    if (!others.every(agrees)) {
      throw new ShapeError(`concat: shapes must agree except on axis ${axis}, got ${inputs.join(', ')}`);
    }
    const total = inputs.reduce((sum: Dim, { shape }) => addDim(sum, shape[at]), 0);
    return { shape: first.shape.map((size, i) => (i === at ? total : size)), dtype: first.dtype };
  },
  reference: (inputs, { axis }, out) => {
    const at = axisOf('concat', axis, out.shape.length);
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
    const at = axisOf('concat', axis, g.rank);
    const sizes = inputs.map(({ shape }) => shape[at]);
    if (sizes.every((size) => typeof size === 'number')) return split.all(g, { axis: at, sizes });
    let rest = g;
    return sizes.map((size, i) => {
      if (i === sizes.length - 1) return rest;
      const own = slice(rest, { axis: at, start: 0, end: size });
      rest = slice(rest, { axis: at, start: size, end: rest.shape[at] });
      return own;
    });
  },
  lower: (emit, inputs, { attributes: { axis } }) => emit('Concat', inputs, { axis }),
  simplify: ({ inputs }) => (inputs.length === 1 ? inputs[0] : null),
  loop: {
    range: 'asInputs',
    batching: (inputs, { axis }, isStacked) =>
      isStacked.every(Boolean) ? [concat(inputs, { axis: shiftedAxis(axis) })] : null,
  },
  samples: [
    { inputs: [{ shape: [4, 3] }, { shape: [4, 1] }, { shape: [4, 2] }], attributes: { axis: -1 } },
    { inputs: [{ shape: [1, 3] }, { shape: [2, 3] }], attributes: { axis: 0 } },
  ],
});

/**
 * Parts of given `sizes` along `axis`, in order. `x`: [..., Σ sizes, ...] → one [..., sizeᵢ, ...] each.
 *
 * @throws {ShapeError} when the sizes are not numbers or do not add up.
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
    concat(
      gs.map((g, i) => g ?? zerosOf(ys[i].shape)),
      { axis },
    ),
  ],
  lower: (emit, [x], { attributes: { axis, sizes } }) =>
    emit.many('Split', [x, emit.constant(sizes, 'int64', [sizes.length])], sizes.length, { axis }),
  loop: { range: 'asInputs', batching: ([x], { axis, sizes }) => split.all(x, { axis: shiftedAxis(axis), sizes }) },
  samples: [
    { x: { shape: [2, 6] }, attributes: { axis: -1, sizes: [1, 3, 2] } },
    { x: { shape: [4, 3] }, attributes: { axis: 0, sizes: [2, 2] } },
  ],
});

/** A range of one axis: `start` … `end` − 1. `x`: [..., n, ...] → [..., end − start, ...]. */
export const slice: OpCall<['x'], { readonly axis: number; readonly start: Dim; readonly end: Dim }> = defineOp({
  name: 'slice',
  inputs: ['x'],
  infer: ({ x }, { axis, start, end }) => {
    const at = axisOf('slice', axis, x.rank);
    if (typeof start !== 'number' && !equalDim(end, x.shape[at])) {
      throw new ShapeError(
        `slice: with a symbolic start the end must be that of the axis, got ${start} … ${end} of ${x.shape[at]}`,
      );
    }
    const isOutside = [start, subDim(end, start), subDim(x.shape[at], end)].some((n) => typeof n === 'number' && n < 0);
    if (isOutside) {
      throw new ShapeError(`slice: expected 0 ≤ start ≤ end ≤ ${x.shape[at]} on axis ${axis}, got ${start} … ${end}`);
    }
    return { shape: x.shape.map((n, i) => (i === at ? subDim(end, start) : n)), dtype: x.dtype };
  },
  reference: ({ x }, { axis, start }, [out]) => {
    const at = axisOf('slice', axis, out.shape.length);
    const inner = x.shape.slice(at + 1).reduce((n, size) => n * size, 1);
    const from = startOf(x.shape[at], out.shape[at], start);
    const [block, kept] = [x.shape[at] * inner, out.shape[at] * inner];
    const result = zeros(out.shape, out.dtype);
    for (let i = 0; i < x.data.length / block; i++) {
      result.data.set(x.data.subarray(i * block + from * inner, i * block + from * inner + kept), i * kept);
    }
    return result;
  },
  vjp: ({ x, g, attributes: { axis, start, end } }) => {
    const at = axisOf('slice', axis, x.rank);
    const before = zerosLike(x, at, start);
    const after = zerosLike(x, at, subDim(x.shape[at], end));
    return [concat([...(before ? [before] : []), g, ...(after ? [after] : [])], { axis: at })];
  },
  lower: (emit, [x], { attributes: { axis, start, end } }) =>
    emit('Slice', [x, emit.shape([start]), emit.shape([end]), emit.constant([axis], 'int64')]),
  simplify: ({ inputs: [x], outputs: [y] }) => (equalShape(x.shape, y.shape) ? x : null),
  loop: {
    range: 'asInputs',
    batching: ([x], { axis, start, end }) => [slice(x, { axis: shiftedAxis(axis), start, end })],
  },
  samples: [
    { x: { shape: [4, 3] }, attributes: { axis: 0, start: 1, end: 3 } },
    { x: { shape: [2, 3] }, attributes: { axis: -1, start: 0, end: 2 } },
  ],
});

/** A constant start, or one that follows from the sizes: a symbolic slice ends at the end of its axis. */
function startOf(size: number, kept: number, start: Dim): number {
  return typeof start === 'number' ? start : size - kept;
}

function zerosLike(x: Tensor, axis: number, size: Dim): Tensor | null {
  if (equalDim(size, 0)) return null;
  return zerosOf(x.shape.map((n, i) => (i === axis ? size : n)));
}
