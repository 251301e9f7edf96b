import type { Emitter, Name, Node } from '../graph/index.ts';

/** Smallest probability whose logarithm float32 holds. */
const tiniest = 1.2e-38;

/**
 * ONNX nodes of `linearCrossEntropy`: a `Scan` over the chunks of rows. A chunk's logits are made, used for loss, dx
 * and dw while they are in cache, and dropped; dw and db are carried through `Gemm`'s C.
 *
 * With z the logits, p = softmax(z) and q the smoothed target, dz = s·(p − q) for counted rows, s = scale. p is formed
 * by the native softmax; −log p[label] is the loss; what q adds is put in by small products:
 * dx = s·(p·w − (1 − ε)·w[label] − ε·mean(w)), dw = pᵀ·(s·x) − scatter(label, (1 − ε)·s·x) − ε/V·Σ s·x.
 */
export function lowerLinearCrossEntropy(
  emit: Emitter,
  [x, w, b, labels, scale]: readonly Name[],
  { inputs, attributes: { labelSmoothing: epsilon = 0 } }: Node<{ readonly labelSmoothing?: number }>,
  used: readonly boolean[],
): Name[] {
  const width = inputs[0].shape[2];
  const classes = inputs[1].shape[0];
  const withGradient = used.slice(1).some(Boolean);
  const float = (value: number) => emit.constant(value, 'float');
  const axis = (...axes: number[]) => emit.constant(axes, 'int64');
  const meanW = emit('ReduceMean', [w, axis(0)], { keepdims: 1 });
  const meanB = emit('ReduceMean', [b, axis(0)], { keepdims: 1 });
  const zeroLoss = float(0);
  const carries = withGradient
    ? [
        { name: 'loss', dtype: 'float' as const, rank: 0, start: zeroLoss },
        {
          name: 'dw',
          dtype: 'float' as const,
          rank: 2,
          start: emit('Expand', [zeroLoss, emit.shape([classes, width])]),
        },
        { name: 'db', dtype: 'float' as const, rank: 2, start: emit('Expand', [zeroLoss, emit.shape([1, classes])]) },
      ]
    : [{ name: 'loss', dtype: 'float' as const, rank: 0, start: zeroLoss }];
  const body = emit.subgraph(
    [...carries, { name: 'x', dtype: 'float', rank: 2 }, { name: 'labels', dtype: 'int32', rank: 1 }],
    (names) => {
      const [lossSoFar, dwSoFar, dbSoFar] = names;
      const [xc, lc] = names.slice(carries.length);
      const weight = emit('Mul', [emit('Cast', [emit('Greater', [lc, emit.constant(-1, 'int32')])], { to: 1 }), scale]);
      const column = emit('Unsqueeze', [weight, axis(1)]);
      const safe = emit('Max', [lc, emit.constant(0, 'int32')]);
      const place = emit('Unsqueeze', [safe, axis(1)]);
      const z = emit('Gemm', [xc, w, b], { transB: 1 });
      const p = emit('Softmax', [z], { axis: -1 });
      const hit = emit('Squeeze', [emit('GatherElements', [p, place], { axis: 1 }), axis(1)]);
      const nll = emit('Neg', [emit('Log', [emit('Max', [hit, float(tiniest)])])]);
      const labelRow = emit('Gather', [w, safe], { axis: 0 });
      let each = nll;
      if (epsilon) {
        const zLabel = emit('Add', [
          emit('ReduceSum', [emit('Mul', [xc, labelRow]), axis(1)], { keepdims: 0 }),
          emit('Gather', [b, safe], { axis: 0 }),
        ]);
        const zMean = emit('Squeeze', [emit('Gemm', [xc, meanW, meanB], { transB: 1 }), axis(1)]);
        each = emit('Add', [nll, emit('Mul', [emit('Sub', [zLabel, zMean]), float(epsilon)])]);
      }
      const loss = emit('Add', [lossSoFar, emit('ReduceSum', [emit('Mul', [each, weight])], { keepdims: 0 })]);
      const result = [{ name: loss, dtype: 'float' as const, rank: 0 }];
      if (!withGradient) return result;
      const smooth = epsilon ? emit('Mul', [meanW, float(epsilon)]) : undefined;
      const wanted = epsilon ? emit('Add', [emit('Mul', [labelRow, float(1 - epsilon)]), smooth as Name]) : labelRow;
      const dx = emit('Mul', [emit('Sub', [emit('Gemm', [p, w]), wanted]), column]);
      const sx = emit('Mul', [xc, column]);
      const product = emit('Gemm', [p, sx, dwSoFar], { transA: 1 });
      const taken = emit('Mul', [sx, float(epsilon - 1)]);
      const expanded = emit('Expand', [place, emit('Shape', [taken])]);
      const dw = emit('ScatterElements', [product, expanded, taken], { axis: 0, reduction: 'add' });
      const minusOne = emit('Mul', [column, float(epsilon - 1)]);
      const row = emit('Gemm', [column, p, dbSoFar], { transA: 1 });
      const db = emit('ScatterElements', [row, emit('Unsqueeze', [safe, axis(0)]), emit('Transpose', [minusOne])], {
        axis: 1,
        reduction: 'add',
      });
      return [
        ...result,
        { name: dw, dtype: 'float' as const, rank: 2 },
        { name: db, dtype: 'float' as const, rank: 2 },
        { name: dx, dtype: 'float' as const, rank: 2 },
      ];
    },
  );
  const starts = carries.map(({ start }) => start);
  const made = emit.many('Scan', [...starts, x, labels], withGradient ? 4 : 1, { num_scan_inputs: 2, body });
  if (!withGradient) return [made[0], '', '', ''];
  const [loss, dw, db, dx] = made;
  const flat = emit('Squeeze', [db, axis(0)]);
  if (!epsilon) return [loss, dx, dw, flat];
  return [loss, dx, ...smoothing(emit, { x, labels, scale, dw, db: flat, epsilon, classes: Number(classes) })];
}

/** The uniform part of the smoothed target: −ε/V of every counted row, once for all chunks. */
function smoothing(
  emit: Emitter,
  {
    x,
    labels,
    scale,
    dw,
    db,
    epsilon,
    classes,
  }: { x: Name; labels: Name; scale: Name; dw: Name; db: Name; epsilon: number; classes: number },
): Name[] {
  const counted = emit('Cast', [emit('Greater', [labels, emit.constant(-1, 'int32')])], { to: 1 });
  const weight = emit('Mul', [emit('Mul', [counted, scale]), emit.constant(-epsilon / classes, 'float')]);
  const column = emit('Unsqueeze', [weight, emit.constant([2], 'int64')]);
  const rowSum = emit('ReduceSum', [emit('Mul', [x, column]), emit.constant([0, 1], 'int64')], { keepdims: 0 });
  return [emit('Add', [dw, rowSum]), emit('Add', [db, emit('ReduceSum', [weight], { keepdims: 0 })])];
}
