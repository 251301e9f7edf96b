import { type Emitter, mulDim, type Name, type Node, type Shape } from '../graph/index.ts';

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
  const carries = [
    { name: 'loss', start: float(0), rank: 0 },
    ...(wantsW ? [{ name: 'dw', start: filled(0, classes, width), rank: 2 }] : []),
    ...(wantsB ? [{ name: 'db', start: filled(0, 1, classes), rank: 2 }] : []),
  ].map((carry) => ({ ...carry, dtype: 'float' as const }));
  const body = emit.subgraph(
    [...carries, { name: 'x', dtype: 'float', rank: 2 }, { name: 'labels', dtype: 'int32', rank: 1 }],
    (names) => {
      const soFar = new Map(carries.map(({ name }, i) => [name, names[i]]));
      const [xc, lc] = names.slice(carries.length);
      const weight = emit('Mul', [emit.cast(emit('Greater', [lc, emit.constant(-1, 'int32')]), 'float'), scale]);
      const column = emit('Unsqueeze', [weight, axis(1)]);
      const safe = emit('Max', [lc, emit.constant(0, 'int32')]);
      const place = emit('Unsqueeze', [safe, axis(1)]);
      const z = emit('Gemm', [xc, w, b], { transB: 1 });
      const p = emit('Softmax', [z], { axis: -1 });
      const hit = emit('Squeeze', [emit('GatherElements', [p, place], { axis: 1 }), axis(1)]);
      const nll = emit('Neg', [emit('Log', [emit('Max', [hit, float(tiniest)])])]);
      const labelRow = emit('Gather', [w, safe], { axis: 0 });
      let each = nll;
      if (mean) {
        const zLabel = emit('Add', [
          emit('ReduceSum', [emit('Mul', [xc, labelRow]), axis(1)], { keepdims: 0 }),
          emit('Gather', [b, safe], { axis: 0 }),
        ]);
        const zMean = emit('Squeeze', [emit('Gemm', [xc, mean.w, mean.b], { transB: 1 }), axis(1)]);
        each = emit('Add', [nll, emit('Mul', [emit('Sub', [zLabel, zMean]), float(epsilon)])]);
      }
      const loss = emit('Add', [
        soFar.get('loss') ?? '',
        emit('ReduceSum', [emit('Mul', [each, weight])], { keepdims: 0 }),
      ]);
      const result = [floats(loss, 0)];
      if (!withGradient) return result;
      const wanted = mean
        ? emit('Add', [emit('Mul', [labelRow, float(1 - epsilon)]), emit('Mul', [mean.w, float(epsilon)])])
        : labelRow;
      const dx = emit('Mul', [emit('Sub', [emit('Gemm', [p, w]), wanted]), column]);
      const dw = soFar.get('dw');
      const db = soFar.get('db');
      if (dw) result.push(floats(emit('Gemm', [p, emit('Mul', [xc, column]), dw], { transA: 1 }), 2));
      if (db) result.push(floats(emit('Gemm', [column, p, db], { transA: 1 }), 2));
      return [...result, floats(dx, 2)];
    },
  );
  const starts = carries.map(({ start }) => start);
  const outputs = carries.length + (withGradient ? 1 : 0);
  const made = emit.many('Scan', [...starts, x, labels], outputs, { num_scan_inputs: 2, body });
  if (!withGradient) return [made[0], '', '', ''];
  const dx = made[outputs - 1];
  const rows = targetRows(emit, { x, labels, scale, epsilon, classes: Number(classes), rowShape: inputs[0].shape });
  return [made[0], dx, wantsW ? rows.subtractFromW(made[1]) : '', wantsB ? rows.subtractFromB(made[outputs - 2]) : ''];
}

const floats = (name: Name, rank: number) => ({ name, rank, dtype: 'float' as const });

/** What the smoothed target q takes from dw = dzᵀ·x and db = Σ dz: once for all chunks, after the loop. */
function targetRows(
  emit: Emitter,
  {
    x,
    labels,
    scale,
    epsilon,
    classes,
    rowShape,
  }: { x: Name; labels: Name; scale: Name; epsilon: number; classes: number; rowShape: Shape },
) {
  const axis = (...axes: number[]) => emit.constant(axes, 'int64');
  const [chunks, chunk, width] = rowShape;
  const count = mulDim(chunks, chunk);
  const counted = emit.cast(emit('Greater', [labels, emit.constant(-1, 'int32')]), 'float');
  const weight = emit('Mul', [counted, scale]);
  const safe = emit('Reshape', [emit('Max', [labels, emit.constant(0, 'int32')]), axis(-1)]);
  const hit = emit('Mul', [weight, emit.constant(epsilon - 1, 'float')]);
  const uniform = emit('Mul', [weight, emit.constant(-epsilon / classes, 'float')]);
  return {
    subtractFromW(dw: Name): Name {
      const flat = emit('Reshape', [x, emit.shape([count, width])]);
      const taken = emit('Mul', [flat, emit('Reshape', [hit, axis(-1, 1)])]);
      const places = emit('Expand', [emit('Unsqueeze', [safe, axis(1)]), emit.shape([count, width])]);
      const direct = emit('ScatterElements', [dw, places, taken], { axis: 0, reduction: 'add' });
      if (!epsilon) return direct;
      return emit('Add', [direct, emit('Gemm', [emit('Reshape', [uniform, axis(1, -1)]), flat])]);
    },
    subtractFromB(db: Name): Name {
      const flat = emit('Squeeze', [db, axis(0)]);
      const direct = emit('ScatterElements', [flat, safe, emit('Reshape', [hit, axis(-1)])], {
        axis: 0,
        reduction: 'add',
      });
      return epsilon ? emit('Add', [direct, emit('ReduceSum', [uniform], { keepdims: 0 })]) : direct;
    },
  };
}
