import {
  addDim,
  type Dim,
  type Emitter,
  mulDim,
  type Name,
  type Node,
  type Shape,
  type SubgraphValue,
} from '../graph/index.ts';

/** Smallest probability whose logarithm float32 can hold. */
const tiniest = 1.2e-38;

/**
 * The widest x whose bias is a column of the weights, for an input that is always 1. The engine fills the logits with a
 * bias before it adds the product; the copy of the weights that saves this pass is at most half a chunk's logits.
 */
const widestWithOne = 512;

/**
 * ONNX nodes of `linearCrossEntropy`: a `Scan` over the chunks of rows. The logits of a chunk are computed, used for
 * loss, dx and dw while they are in cache, and dropped; dw and db are carried through `Gemm`'s C.
 *
 * dw is carried as its transpose, [D, V]: for xᵀ·d the engine reads the large matrix as it is in memory, while for dᵀ·x
 * it would transpose it again for every 128 columns. Transposing the result once makes the product 10 to 20 % faster.
 * The sum starts in the first chunk, so the tensor carried into that chunk is never read and can be any tensor of its
 * size. For a plugin dw is carried as it is, [V, D], and starts at its even part: there the product dᵀ·x is as fast, a branch
 * costs more than a sum, and only what follows the last product stays float32 in bfloat16.
 *
 * With z the logits, p = softmax(z) and q the smoothed target, dz = s·(p − q) for counted rows, s = scale. p is formed
 * by the native softmax; −log p[label] is the loss. The 1 − ε of the target is subtracted from p at the labels, one
 * number per row; its even part ε/V by small products: with d = p − (1 − ε)·onehot(label), dx = s·(d·w − ε·mean(w)) and
 * dw = dᵀ·(s·x) − ε/V·Σ s·x.
 */
export function lowerLinearCrossEntropy(
  emit: Emitter,
  [x, w, b, labels, scale]: readonly Name[],
  { inputs, attributes: { labelSmoothing: epsilon = 0 } }: Node<{ readonly labelSmoothing?: number }>,
  used: readonly boolean[],
): Name[] {
  const [chunks, chunk, width] = inputs[0].shape;
  const classes = inputs[1].shape[0];
  const [, , wantsW, wantsB] = used;
  const withGradient = used.slice(1).some(Boolean);
  const float = (value: number) => emit.constant(value, 'float');
  const axis = (...axes: number[]) => emit.constant(axes, 'int64');
  const filled = (value: number, ...shape: Shape) => emit('Expand', [float(value), emit.shape(shape)]);
  // A product is faster than a mean over the first axis.
  const mean = epsilon && {
    w: emit.typed(floats(emit('Gemm', [filled(1 / Number(classes), 1, classes), w]), 1, width)),
    b: emit.typed(floats(emit('ReduceMean', [b, axis(0)], { keepdims: 1 }), 1)),
  };
  const even =
    epsilon && withGradient
      ? evenPart(emit, [x, labels, scale], { rows: inputs[0].shape, share: epsilon / Number(classes) })
      : { w: float(0), b: float(0) };
  const isPlugin = emit.habits.has('noCaptures');
  const withOne = !isPlugin &&
    typeof width === 'number' &&
    width <= widestWithOne && {
      x: emit('Concat', [x, filled(1, chunks, chunk, 1)], { axis: 2 }),
      w: emit.typed(floats(emit('Concat', [w, emit('Unsqueeze', [b, axis(1)])], { axis: 1 }), classes, width + 1)),
    };
  const carries: readonly Carry[] = [
    { ...floats('loss'), start: float(0) },
    ...(wantsB ? [{ ...floats('db', 1, classes), start: emit('Expand', [even.b, emit.shape([1, classes])]) }] : []),
    ...(wantsW && isPlugin
      ? [{ ...floats('dw', classes, width), start: emit('Expand', [even.w, emit.shape([classes, width])]) }]
      : []),
    ...(wantsW && !isPlugin
      ? [
          { name: 'isFirst', shape: [], dtype: 'bool', start: emit.constant(1, 'bool') } as const,
          { ...floats('dw', width, classes), start: emit('Reshape', [w, emit.shape([width, classes])]) },
        ]
      : []),
  ];
  const body = emit.subgraph(
    [
      ...carries,
      floats('x', chunk, width),
      { name: 'labels', dtype: 'int32', shape: [chunk] },
      ...(withOne ? [floats('xOne', chunk, addDim(width, 1))] : []),
    ],
    (names) => {
      const soFar = new Map(carries.map(({ name }, i) => [name, names[i]]));
      const [xc, lc, xOne] = names.slice(carries.length);
      const weight = emit('Mul', [emit.cast(emit('Greater', [lc, emit.constant(-1, 'int32')]), 'float'), scale]);
      const column = emit('Unsqueeze', [weight, axis(1)]);
      const place = emit('Unsqueeze', [emit('Max', [lc, emit.constant(0, 'int32')]), axis(1)]);
      const z = emit('Gemm', withOne ? [xOne, withOne.w] : [xc, w, b], { transB: 1 });
      const p = emit('Softmax', [z], { axis: -1 });
      const atLabel = (values: Name) => emit('GatherElements', [values, place], { axis: 1 });
      // OpenVINO in bfloat16 keeps in float32 what follows the last product before an output: with this one the loss of the
      // rows, without it all their logits.
      const one = emit.constant([1], 'float', [1, 1]);
      const flat = (value: Name) =>
        emit('Squeeze', [emit.habits.has('roundsToBf16') ? emit('MatMul', [value, one]) : value, axis(1)]);
      const hit = atLabel(p);
      const nll = emit('Neg', [emit('Log', [emit('Max', [flat(hit), float(tiniest)])])]);
      let each = nll;
      if (mean) {
        const zMean = emit('Squeeze', [emit('Gemm', [xc, mean.w, mean.b], { transB: 1 }), axis(1)]);
        each = emit('Add', [nll, emit('Mul', [emit('Sub', [flat(atLabel(z)), zMean]), float(epsilon)])]);
      }
      const loss = emit('Add', [
        soFar.get('loss') ?? '',
        emit('ReduceSum', [emit('Mul', [each, weight])], { keepdims: 0 }),
      ]);
      const result: SubgraphValue[] = [floats(loss)];
      if (!withGradient) return result;
      // In place, because nothing reads p later.
      const d = emit('ScatterElements', [p, place, emit('Sub', [hit, float(1 - epsilon)])], { axis: 1 });
      const product = emit('Gemm', [d, w]);
      const dx = emit('Mul', [mean ? emit('Sub', [product, emit('Mul', [mean.w, float(epsilon)])]) : product, column]);
      const db = soFar.get('db');
      const dw = soFar.get('dw');
      if (db) result.push(floats(emit('Gemm', [emit('Unsqueeze', [weight, axis(0)]), d, db]), 1, classes));
      if (dw) {
        const scaled = emit('Mul', [xc, column]);
        if (isPlugin) {
          result.push(floats(emit('Gemm', [d, scaled, dw], { transA: 1 }), classes, width));
          return [...result, floats(dx, chunk, width)];
        }
        const transposed = emit('Transpose', [scaled], { perm: [1, 0] });
        const added = (...sum: Name[]) =>
          emit.subgraph([], () => [floats(emit('Gemm', [transposed, d, ...sum]), width, classes)]);
        const branches = { then_branch: epsilon ? added(even.w) : added(), else_branch: added(dw) };
        const next = emit('If', [soFar.get('isFirst') ?? ''], branches);
        result.push({ name: emit.constant(0, 'bool'), dtype: 'bool', shape: [] }, floats(next, width, classes));
      }
      return [...result, floats(dx, chunk, width)];
    },
  );
  const starts = carries.map(({ start }) => start);
  const results = [...carries.map(({ name }) => name), ...(withGradient ? ['dx'] : [])];
  const sequences = [x, labels, ...(withOne ? [withOne.x] : [])];
  const made = emit.many('Scan', [...starts, ...sequences], results.length, {
    num_scan_inputs: sequences.length,
    body,
  });
  const result = new Map(results.map((name, i) => [name, made[i]]));
  const dw = result.get('dw') ?? '';
  return [
    result.get('loss') ?? '',
    result.get('dx') ?? '',
    wantsW ? (isPlugin ? dw : emit('Transpose', [dw], { perm: [1, 0] })) : '',
    wantsB ? emit('Squeeze', [result.get('db') ?? '', axis(0)]) : '',
  ];
}

/** A value carried from chunk to chunk. */
interface Carry extends SubgraphValue {
  readonly start: Name;
}

const floats = (name: Name, ...shape: Dim[]) => ({ name, shape, dtype: 'float' as const });

/**
 * What the even part of the smoothed target contributes to dw, [D, 1] or for a plugin [1, D], and to db, −ε/V·Σ s·x and −ε/V·Σ s: the start of
 * their sums.
 */
function evenPart(
  emit: Emitter,
  [x, labels, scale]: readonly Name[],
  { rows: [chunks, chunk, width], share }: { readonly rows: Shape; readonly share: number },
) {
  const row = emit.shape([1, mulDim(chunks, chunk)]);
  const counted = emit.cast(emit('Greater', [labels, emit.constant(-1, 'int32')]), 'float');
  const weight = emit('Reshape', [emit('Mul', [counted, emit('Mul', [scale, emit.constant(-share, 'float')])]), row]);
  const flat = emit('Reshape', [x, emit.shape([mulDim(chunks, chunk), width])]);
  const sums = emit('Gemm', [weight, flat]);
  const w = emit.habits.has('noCaptures')
    ? floats(sums, 1, width)
    : floats(emit('Reshape', [sums, emit.shape([width, 1])]), width, 1);
  return { w: emit.typed(w), b: emit('ReduceSum', [weight, emit.constant([1], 'int64')]) };
}
