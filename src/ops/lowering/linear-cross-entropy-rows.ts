import type { Dim, Emitter, Name, SubgraphValue } from '../../graph/index.ts';

/** Smallest probability whose logarithm float32 can hold. */
const tiniest = 1.2e-38;

/** The type of a float value with a name. */
export const floats = (name: Name, ...shape: Dim[]): SubgraphValue => ({ name, shape, dtype: 'float' });

/** What the loss of all rows depends on. */
export interface LossHead {
  readonly w: Name;
  readonly b: Name;
  readonly scale: Name;
  /** ε of label smoothing. */
  readonly epsilon: number;
  /** The means of `w` and `b` over the classes, [1, D] and [1], if ε is not 0. */
  readonly mean?: { readonly w: Name; readonly b: Name } | undefined;
}

/** The loss of some rows, and what its gradients are made of. */
export interface RowLoss {
  /** The sum of their losses, []. */
  readonly loss: Name;
  /** s of every row, [R]: the scale, or 0 if it is ignored; and as a column, [R, 1]. */
  readonly weight: Name;
  readonly column: Name;
  /** d of {@link lowerLinearCrossEntropy}, [R, V]. */
  slope(): Name;
  /** The gradient of the rows, from d. [R, V] → [R, D]. */
  rowGradient(slope: Name): Name;
}

/** Rows, [R, D], and their labels, int32 [R]. */
export interface LabelledRows {
  readonly x: Name;
  readonly labels: Name;
  /** x with a column of ones, [R, D + 1], and w with b as a column, [V, D + 1], if their product gives the logits. */
  readonly xOne?: Name;
  readonly wOne?: Name;
}

/** The loss of rows. Unused parts are not emitted. */
export function rowLoss(
  emit: Emitter,
  { x, labels, xOne, wOne }: LabelledRows,
  { w, b, scale, epsilon, mean }: LossHead,
): RowLoss {
  const float = (value: number) => emit.constant(value, 'float');
  const axis = emit.constant([1], 'int64');
  const weight = emit('Mul', [emit.cast(emit('Greater', [labels, emit.constant(-1, 'int32')]), 'float'), scale]);
  const column = emit('Unsqueeze', [weight, axis]);
  const place = emit('Unsqueeze', [emit('Max', [labels, emit.constant(0, 'int32')]), axis]);
  const z = emit('Gemm', xOne && wOne ? [xOne, wOne] : [x, w, b], { transB: 1 });
  const p = emit('Softmax', [z], { axis: -1 });
  const atLabel = (values: Name) => emit('GatherElements', [values, place], { axis: 1 });
  // OpenVINO in bfloat16 keeps in float32 what follows the last product before an output: with this one the loss of the
  // rows, without it all their logits.
  const one = emit.constant([1], 'float', [1, 1]);
  const flat = (value: Name) =>
    emit('Squeeze', [emit.habits.has('keepsTail') ? emit('MatMul', [value, one]) : value, axis]);
  const hit = atLabel(p);
  const nll = emit('Neg', [emit('Log', [emit('Max', [flat(hit), float(tiniest)])])]);
  let each = nll;
  if (mean) {
    const zMean = emit('Squeeze', [emit('Gemm', [x, mean.w, mean.b], { transB: 1 }), axis]);
    each = emit('Add', [nll, emit('Mul', [emit('Sub', [flat(atLabel(z)), zMean]), float(epsilon)])]);
  }
  return {
    loss: emit('ReduceSum', [emit('Mul', [each, weight])], { keepdims: 0 }),
    weight,
    column,
    // In place, because nothing reads p later.
    slope: () => emit('ScatterElements', [p, place, emit('Sub', [hit, float(1 - epsilon)])], { axis: 1 }),
    rowGradient(slope) {
      const product = emit('Gemm', [slope, w]);
      const even = mean && emit('Mul', [mean.w, float(epsilon)]);
      return emit('Mul', [even ? emit('Sub', [product, even]) : product, column]);
    },
  };
}
