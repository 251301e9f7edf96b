import { type Dim, type Emitter, mulDim, type Name, type Node, type Shape } from '../graph/index.ts';

/** Smallest probability whose logarithm float32 holds. */
const tiniest = 1.2e-38;

/**
 * ONNX nodes of `linearCrossEntropy`: a `Scan` over the chunks of rows. A chunk's logits are made, used for loss, dx
 * and dw while they are in cache, and dropped; dw and db are carried through `Gemm`'s C.
 *
 * With z the logits, p = softmax(z) and q the smoothed target, dz = s·(p − q) for counted rows, s = scale. p is formed
 * by the native softmax; −log p[label] is the loss. The target's 1 − ε is taken from p at the labels, one number a row;
 * its even part ε/V by small products: with d = p − (1 − ε)·onehot(label), dx = s·(d·w − ε·mean(w)) and
 * dw = dᵀ·(s·x) − ε/V·Σ s·x.
 */
export function lowerLinearCrossEntropy(
  emit: Emitter,
  [x, w, b, labels, scale]: readonly Name[],
  { inputs, attributes: { labelSmoothing: epsilon = 0 } }: Node<{ readonly labelSmoothing?: number }>,
  used: readonly boolean[],
): Name[] {
  const [, chunk, width] = inputs[0].shape;
  const classes = inputs[1].shape[0];
  const [, , wantsW, wantsB] = used;
  const withGradient = used.slice(1).some(Boolean);
  const float = (value: number) => emit.constant(value, 'float');
  const axis = (...axes: number[]) => emit.constant(axes, 'int64');
  const filled = (value: number, ...shape: Shape) => emit('Expand', [float(value), emit.shape(shape)]);
  // As a product, which is faster than a mean over the first axis.
  const mean = epsilon && {
    w: emit('Gemm', [filled(1 / Number(classes), 1, classes), w]),
    b: emit('ReduceMean', [b, axis(0)], { keepdims: 1 }),
  };
  const even =
    epsilon && withGradient
      ? evenPart(emit, [x, labels, scale], { rows: inputs[0].shape, share: epsilon / Number(classes) })
      : { w: float(0), b: float(0) };
  const carries = [
    { name: 'loss', start: float(0), shape: [] },
    ...(wantsW
      ? [{ name: 'dw', start: emit('Expand', [even.w, emit.shape([classes, width])]), shape: [classes, width] }]
      : []),
    ...(wantsB ? [{ name: 'db', start: emit('Expand', [even.b, emit.shape([1, classes])]), shape: [1, classes] }] : []),
  ].map((carry) => ({ ...carry, dtype: 'float' as const }));
  const body = emit.subgraph(
    [
      ...carries,
      { name: 'x', dtype: 'float', shape: [chunk, width] },
      { name: 'labels', dtype: 'int32', shape: [chunk] },
    ],
    (names) => {
      const soFar = new Map(carries.map(({ name }, i) => [name, names[i]]));
      const [xc, lc] = names.slice(carries.length);
      const weight = emit('Mul', [emit.cast(emit('Greater', [lc, emit.constant(-1, 'int32')]), 'float'), scale]);
      const column = emit('Unsqueeze', [weight, axis(1)]);
      const place = emit('Unsqueeze', [emit('Max', [lc, emit.constant(0, 'int32')]), axis(1)]);
      const z = emit('Gemm', [xc, w, b], { transB: 1 });
      const p = emit('Softmax', [z], { axis: -1 });
      const atLabel = (values: Name) => emit('GatherElements', [values, place], { axis: 1 });
      const flat = (value: Name) => emit('Squeeze', [value, axis(1)]);
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
      const result = [floats(loss)];
      if (!withGradient) return result;
      // In place, since p has no later reader.
      const d = emit('ScatterElements', [p, place, emit('Sub', [hit, float(1 - epsilon)])], { axis: 1 });
      const product = emit('Gemm', [d, w]);
      const dx = emit('Mul', [mean ? emit('Sub', [product, emit('Mul', [mean.w, float(epsilon)])]) : product, column]);
      const dw = soFar.get('dw');
      const db = soFar.get('db');
      if (dw) result.push(floats(emit('Gemm', [d, emit('Mul', [xc, column]), dw], { transA: 1 }), classes, width));
      if (db) result.push(floats(emit('Gemm', [column, d, db], { transA: 1 }), 1, classes));
      return [...result, floats(dx, chunk, width)];
    },
  );
  const starts = carries.map(({ start }) => start);
  const outputs = carries.length + (withGradient ? 1 : 0);
  const made = emit.many('Scan', [...starts, x, labels], outputs, { num_scan_inputs: 2, body });
  const [loss, ...gradients] = made;
  const dx = gradients.pop() ?? '';
  const dw = wantsW ? (gradients.shift() ?? '') : '';
  const db = wantsB ? emit('Squeeze', [gradients.shift() ?? '', axis(0)]) : '';
  return [loss, dx, dw, db];
}

const floats = (name: Name, ...shape: Dim[]) => ({ name, shape, dtype: 'float' as const });

/** What the smoothed target's even part takes from dw and db, −ε/V·Σ s·x and −ε/V·Σ s: where their sums begin. */
function evenPart(
  emit: Emitter,
  [x, labels, scale]: readonly Name[],
  { rows: [chunks, chunk, width], share }: { readonly rows: Shape; readonly share: number },
) {
  const row = emit.shape([1, mulDim(chunks, chunk)]);
  const counted = emit.cast(emit('Greater', [labels, emit.constant(-1, 'int32')]), 'float');
  const weight = emit('Reshape', [emit('Mul', [counted, emit('Mul', [scale, emit.constant(-share, 'float')])]), row]);
  const flat = emit('Reshape', [x, emit.shape([mulDim(chunks, chunk), width])]);
  return { w: emit('Gemm', [weight, flat]), b: emit('ReduceSum', [weight, emit.constant([1], 'int64')]) };
}
