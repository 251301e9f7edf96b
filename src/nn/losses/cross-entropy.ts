/** Losses of classes, as in `torch.nn.functional`. */
import {
  add,
  constantTensor,
  type Dim,
  gather,
  mul,
  negate,
  reshape,
  ShapeError,
  showShape,
  sizeOf,
  subDim,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import {
  cast,
  crossEntropy,
  div,
  equal,
  linear,
  logSoftmax,
  mean,
  not,
  slice,
  takeAlong,
  transpose,
  where,
} from '../../ops/index.ts';

/** How the losses of the rows are combined: their (weighted) mean, their sum, or not at all. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options of losses of classes, with the names of `torch.nn.functional`. */
export interface ClassLossOptions {
  readonly reduction?: Reduction | undefined;
  /** Rows with this label are ignored (−100). */
  readonly ignoreIndex?: number | undefined;
  /** A weight per class, [C]; the mean is weighted too. */
  readonly weight?: Tensor | undefined;
}

/** Options of {@link crossEntropyLoss}. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** The share ε of the target probability that is spread evenly over the classes (0). */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Cross entropy of logits and labels, as `nn.CrossEntropyLoss`.
 *
 * `logits`: [N, C] or [N, C, ...L], `labels`: int32 [N] or [N, ...L] → [] or, with `reduction` `none`, the labels'
 * shape. A row's loss is −(1 − ε)·w[label]·log p[label] − ε/C·Σ w[c]·log p[c]. The mean divides by Σ w[label] over
 * the rows that count, and is NaN when none does.
 */
export function crossEntropyLoss(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight, labelSmoothing = 0 } = options;
  const rows = classRows(logits);
  const { counted, safe } = readLabels(labels, options);
  const share = weight ? mul(gather(weight, safe), counted) : counted;
  if (!weight) {
    const none = constantTensor(-1, [], 'int32');
    const ignored = where(cast(counted, { dtype: 'bool' }), safe, none);
    return reduce(crossEntropy(rows, ignored, { labelSmoothing }), share, labels, options);
  }
  const hit = mul(crossEntropy(rows, safe, {}), share);
  if (!labelSmoothing) return reduce(hit, share, labels, options);
  const classes = rows.shape[1];
  const every = linear(negate(logSoftmax(rows)), reshape(weight, { shape: [1, classes] }));
  const spread = mul(mul(reshape(every, { shape: [sizeOf(labels.shape)] }), counted), labelSmoothing / count(classes));
  return reduce(add(mul(hit, 1 - labelSmoothing), spread), share, labels, options);
}

/**
 * Cross entropy of logits and probabilities, as `nn.CrossEntropyLoss` with floats as target.
 *
 * `logits`, `target`: [N, C] → [] or [N]; the mean is over N.
 */
export function softCrossEntropyLoss(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean', labelSmoothing = 0, weight }: Omit<CrossEntropyOptions, 'ignoreIndex'> = {},
): Tensor {
  const smoothed = labelSmoothing
    ? add(mul(target, 1 - labelSmoothing), labelSmoothing / count(logits.shape[1]))
    : target;
  const surprise = negate(logSoftmax(logits));
  const each = sum(mul(smoothed, weight ? mul(surprise, weight) : surprise), { axes: [1] });
  return reduceAll(each, reduction);
}

/** Negative log-likelihood, as `nn.NLLLoss`. `logProbabilities`: [N, C], `labels`: int32 [N] → [] or [N]. */
export function nllLoss(logProbabilities: Tensor, labels: Tensor, options: ClassLossOptions = {}): Tensor {
  const rows = classRows(logProbabilities);
  const { counted, safe } = readLabels(labels, options);
  const share = options.weight ? mul(gather(options.weight, safe), counted) : counted;
  const size = sizeOf(labels.shape);
  const hit = reshape(takeAlong(rows, reshape(safe, { shape: [size, 1] })), { shape: [size] });
  return reduce(negate(mul(hit, share)), share, labels, options);
}

/**
 * The smoothed loss of Transformers' `Trainer` (`label_smoothing_factor`, its `LabelSmoother`).
 *
 * `logits`: [B, T, V], `labels`: int32 [B, T] → []. With `shiftLabels` the logits at t are compared with the label at t
 * + 1, as for a causal language model.
 */
export function smoothedTokenLoss(
  logits: Tensor,
  labels: Tensor,
  { epsilon = 0.1, shiftLabels = false }: { readonly epsilon?: number; readonly shiftLabels?: boolean } = {},
): Tensor {
  const [, time, classes] = logits.shape;
  const from = shiftLabels ? slice(logits, { axis: 1, start: 0, end: subDim(time, 1) }) : logits;
  const to = shiftLabels ? slice(labels, { axis: 1, start: 1, end: time }) : labels;
  const rows = sizeOf(to.shape);
  const [flat, flatLabels] = [reshape(from, { shape: [rows, classes] }), reshape(to, { shape: [rows] })];
  return crossEntropyLoss(flat, flatLabels, { labelSmoothing: epsilon });
}

/** [N, C, ...L] → [N·L, C]. */
function classRows(logits: Tensor): Tensor {
  if (logits.rank < 2) throw new ShapeError(`loss: expected logits [N, C, ...], got ${showShape(logits.shape)}`);
  if (logits.rank === 2) return logits;
  const axes = logits.shape.map((_, axis) => axis);
  const last = transpose(logits, { permutation: [0, ...axes.slice(2), 1] });
  return reshape(last, { shape: [sizeOf(last.shape.slice(0, -1)), logits.shape[1]] });
}

/** 1 where a row counts, and labels that can be looked up: 0 where it does not. Both [N·L]. */
function readLabels(labels: Tensor, { ignoreIndex = -100 }: ClassLossOptions): { counted: Tensor; safe: Tensor } {
  const flat = reshape(labels, { shape: [sizeOf(labels.shape)] });
  const isCounted = not(equal(flat, constantTensor(ignoreIndex, [], 'int32')));
  return {
    counted: cast(isCounted, { dtype: 'float' }),
    safe: where(isCounted, flat, constantTensor(0, [], 'int32')),
  };
}

function reduce(each: Tensor, share: Tensor, labels: Tensor, { reduction = 'mean' }: ClassLossOptions): Tensor {
  if (reduction === 'none') return reshape(each, { shape: labels.shape });
  const total = sum(each, { axes: [0] });
  return reduction === 'sum' ? total : div(total, sum(share, { axes: [0] }));
}

/** Mean or sum over all axes, or the losses unchanged. */
export function reduceAll(each: Tensor, reduction: Reduction): Tensor {
  const axes = each.shape.map((_, axis) => axis);
  if (reduction === 'none') return each;
  return reduction === 'sum' ? sum(each, { axes }) : mean(each, { axes });
}

function count(size: Dim): number {
  if (typeof size !== 'number') throw new ShapeError(`loss: expected a number of classes, got ${size}`);
  return size;
}
