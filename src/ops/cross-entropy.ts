import {
  add,
  broadcastTo,
  constantTensor,
  type Dim,
  defineComposite,
  gradient,
  mul,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  sizeOf,
  sum,
  type Tensor,
} from '../graph/index.ts';
import { affine } from './affine.ts';
import { div, sub } from './arithmetic.ts';
import { cast, equal, less } from './logic.ts';
import { lowerLinearCrossEntropy } from './lowering/linear-cross-entropy.ts';
import { axisSize, range } from './range.ts';
import { mean } from './reduction.ts';
import { logSumExp, softmax } from './softmax.ts';

/** 1 for a label that counts, 0 for a negative (ignored) one. */
const counted = (labels: Tensor): Tensor => cast(less(constantTensor(-1, [], 'int32'), labels), { dtype: 'float' });

/** Rows of zeros with a one at each label; zeros for ignored labels. `labels`: int32 [N] → [N, V]. */
export function oneHot(labels: Tensor, classes: Dim): Tensor {
  const column = reshape(labels, { shape: [...labels.shape, 1] });
  return cast(equal(column, range({ size: classes })), { dtype: 'float' });
}

/**
 * Cross entropy of every row with label smoothing; rows with a negative label are ignored and give 0.
 *
 * `logits`: [N, V], `labels`: int32 [N] → [N]. With ε = `labelSmoothing` a row's loss is
 * (1 − ε)·(lse − z_label) + ε·(lse − mean(z)), lse = log Σ e^z. Differs from PyTorch only in that any negative label
 * is ignored, not just −100.
 *
 * Source: Szegedy et al. 2016, section 7.
 */
export const crossEntropy: OpCall<['logits', 'labels'], { readonly labelSmoothing?: number }> = defineComposite({
  name: 'crossEntropy',
  inputs: ['logits', 'labels'],
  body: ({ logits, labels }, { labelSmoothing: epsilon = 0 }) => {
    const rows = logits.shape[0];
    const classes = logits.shape[1];
    const lse = reshape(logSumExp(logits), { shape: [rows] });
    const hit = sum(mul(logits, oneHot(labels, classes)), { axes: [1] });
    const smooth = epsilon ? sub(mul(hit, 1 - epsilon), mul(mean(logits, { axes: [1] }), -epsilon)) : hit;
    return mul(sub(lse, smooth), counted(labels));
  },
  vjp: ({ logits, labels, g, attributes: { labelSmoothing: epsilon = 0 } }) => {
    const classes = logits.shape[1];
    const weight = reshape(mul(g, counted(labels)), { shape: [logits.shape[0], 1] });
    const target = add(mul(oneHot(labels, classes), 1 - epsilon), div(epsilon, axisSize(logits, { axis: 1 })));
    return [mul(sub(softmax(logits), target), weight), null];
  },
  samples: [
    {
      logits: { shape: [3, 4], range: [-2, 2] },
      labels: { shape: [3], dtype: 'int32', values: [1, -100, 3] },
      attributes: { labelSmoothing: 0.1 },
    },
    {
      logits: { shape: [2, 3], range: [-2, 2] },
      labels: { shape: [2], dtype: 'int32', values: [0, 2] },
      attributes: {},
    },
  ],
});

/**
 * A linear layer and its cross entropy in one op: the loss head, without storing logits or one-hot rows.
 *
 * `x`: [C, R, D] (rows in C ≥ 1 chunks), `w`: [V, D], `b`: [V], `labels`: int32 [C, R], `scale`: [] → scale · Σ over
 * counted rows of crossEntropy(x·wᵀ + b, labels), []. The gradients of x, w and b are auxiliary outputs: dx = p·w −
 * w[labels], dw = pᵀ·x − scatter(labels, x) with p = softmax(logits). When lowered, one chunk's logits exist at a time,
 * for a plugin those of all rows, and a row's loss saturates at 87 (float32's smallest probability).
 */
export const linearCrossEntropy: OpCall<['x', 'w', 'b', 'labels', 'scale'], { readonly labelSmoothing?: number }> =
  defineComposite({
    name: 'linearCrossEntropy',
    inputs: ['x', 'w', 'b', 'labels', 'scale'],
    body: ({ x, w, b, labels, scale }, attributes) => {
      if (typeof w.shape[0] !== 'number') {
        throw new ShapeError(`linearCrossEntropy: V must be a number, got w ${showShape(w.shape)}`);
      }
      const count = sizeOf(labels.shape);
      const rows = reshape(x, { shape: [count, x.shape[2]] });
      const each = crossEntropy(affine(rows, w, b, {}), reshape(labels, { shape: [count] }), attributes);
      const loss = mul(sum(each, { axes: [0] }), scale);
      return [loss, ...gradient(loss, [x, w, b]).map((g, i) => g ?? zerosOf([x, w, b][i]))];
    },
    vjp: ({ ys: [loss, dx, dw, db], scale, g }) => [mul(dx, g), mul(dw, g), mul(db, g), null, mul(g, div(loss, scale))],
    lower: (emit, inputs, node, used) => lowerLinearCrossEntropy(emit, inputs, node, used),
    samples: [
      {
        x: { shape: [2, 3, 4] },
        w: { shape: [5, 4] },
        b: { shape: [5] },
        labels: { shape: [2, 3], dtype: 'int32', values: [1, -100, 3, 0, 4, 4] },
        scale: { shape: [], values: [0.25] },
        attributes: { labelSmoothing: 0.1 },
      },
      {
        x: { shape: [3, 2, 4] },
        w: { shape: [5, 4] },
        b: { shape: [5] },
        labels: { shape: [3, 2], dtype: 'int32', values: [1, 0, -100, 3, 4, 4] },
        scale: { shape: [], values: [0.5] },
        attributes: {},
      },
      {
        x: { shape: [1, 3, 4] },
        w: { shape: [5, 4] },
        b: { shape: [5] },
        labels: { shape: [1, 3], dtype: 'int32', values: [1, 2, 2] },
        scale: { shape: [], values: [1] },
        attributes: {},
      },
    ],
  });

const zerosOf = ({ shape }: Tensor): Tensor => broadcastTo(constantTensor(0), { shape });
