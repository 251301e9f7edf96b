import {
  addDim,
  type Dim,
  type Emitter,
  mulDim,
  type Name,
  type Node,
  type Shape,
  type SubgraphValue,
} from '../../graph/index.ts';
import { floats, type LossHead, rowLoss } from './linear-cross-entropy-rows.ts';

type Call = Node<{ readonly labelSmoothing?: number }>;

/**
 * The widest x whose bias is a column of the weights, for an input that is always 1. The engine fills the logits with a
 * bias before it adds the product; the copy of the weights that saves this pass is at most half the logits of a full chunk,
 * though more than those of a few rows.
 */
const widestWithOne = 512;

/**
 * ONNX nodes of `linearCrossEntropy`: a `Scan` over the chunks of rows. The logits of a chunk are computed, used for
 * loss, dx and dw while they are in cache, and dropped. For a plugin all rows are one chunk, because its loops copy what they
 * carry and compute the weight of the head anew in every step.
 *
 * With z the logits, p = softmax(z) and q the smoothed target, dz = s·(p − q) for counted rows, s = scale. p is formed
 * by the native softmax; −log p[label] is the loss. The 1 − ε of the target is subtracted from p at the labels, one
 * number per row; its even part ε/V by small products: with d = p − (1 − ε)·onehot(label), dx = s·(d·w − ε·mean(w)) and
 * dw = dᵀ·(s·x) − ε/V·Σ s·x.
 */
export function lowerLinearCrossEntropy(
  emit: Emitter,
  inputs: readonly Name[],
  node: Call,
  used: readonly boolean[],
): Name[] {
  const [x, w, b, labels, scale] = inputs;
  const [chunks, chunk, width] = node.inputs[0].shape;
  const classes = node.inputs[1].shape[0];
  const { labelSmoothing: epsilon = 0 } = node.attributes;
  const [, , wantsW, wantsB] = used;
  const wanted = { gradient: used.slice(1).some(Boolean), w: wantsW, b: wantsB };
  // A product is faster than a mean over the first axis.
  const mean = epsilon
    ? {
        w: emit('Gemm', [filled(emit, 1 / Number(classes), 1, classes), w]),
        b: emit('ReduceMean', [b, emit.constant([0], 'int64')], { keepdims: 1 }),
      }
    : undefined;
  const head = { w, b, scale, epsilon, mean };
  const sizes = { chunks, chunk, width, classes };
  const even =
    epsilon && wanted.gradient ? evenPart(emit, { x, labels, scale }, sizes, epsilon / Number(classes)) : undefined;
  const lowerRows = emit.habits.has('copiesStates') ? inOnePiece : inChunks;
  return lowerRows(emit, { x, labels, head, even }, sizes, wanted);
}

const filled = (emit: Emitter, value: number, ...shape: Shape): Name =>
  emit('Expand', [emit.constant(value, 'float'), emit.shape(shape)]);

/** The sizes of the rows and of the weight. */
interface Sizes {
  readonly chunks: Dim;
  readonly chunk: Dim;
  readonly width: Dim;
  readonly classes: Dim;
}

/** The rows, and what is the same for all of them. */
interface Rows {
  readonly x: Name;
  readonly labels: Name;
  readonly head: LossHead;
  readonly even?: EvenPart | undefined;
}

/** Which gradients are read: any, that of w, that of b. */
interface Wanted {
  readonly gradient: boolean;
  readonly w: boolean;
  readonly b: boolean;
}

/** Loss, dx, dw and db of all rows at once. */
function inOnePiece(emit: Emitter, { x, labels, head, even }: Rows, sizes: Sizes, wanted: Wanted): Name[] {
  const { chunks, chunk, width } = sizes;
  const count = mulDim(chunks, chunk);
  const rows = emit('Reshape', [x, emit.shape([count, width])]);
  const flat = emit('Reshape', [labels, emit.shape([count])]);
  const { loss, weight, column, slope, rowGradient } = rowLoss(emit, { x: rows, labels: flat }, head);
  if (!wanted.gradient) return [loss, '', '', ''];
  const d = slope();
  const [evenW, evenB] = even ? [[even.w], [even.b]] : [[], []];
  const dx = emit('Reshape', [rowGradient(d), emit.shape([chunks, chunk, width])]);
  const dw = wanted.w ? emit('Gemm', [d, emit('Mul', [rows, column]), ...evenW], { transA: 1 }) : '';
  const row = () => emit('Unsqueeze', [weight, emit.constant([0], 'int64')]);
  const db = wanted.b ? emit('Squeeze', [emit('Gemm', [row(), d, ...evenB]), emit.constant([0], 'int64')]) : '';
  return [loss, dx, dw, db];
}

/** A value carried from chunk to chunk. */
interface Carry extends SubgraphValue {
  readonly start: Name;
}

/**
 * Loss, dx, dw and db chunk by chunk; dw and db are carried through `Gemm`'s C.
 *
 * dw is carried as its transpose, [D, V]: for xᵀ·d the engine reads the large matrix as it is in memory, while for dᵀ·x
 * it would transpose it again for every 128 columns. Transposing the result once makes the product 10 to 20 % faster.
 * The sum starts in the first chunk, so the tensor carried into that chunk is never read and can be any tensor of its
 * size.
 */
function inChunks(
  emit: Emitter,
  { x, labels, head, even }: Rows,
  { chunks, chunk, width, classes }: Sizes,
  wanted: Wanted,
): Name[] {
  const float = (value: number) => emit.constant(value, 'float');
  const axis = emit.constant([0], 'int64');
  const isNarrow = typeof width === 'number' && width <= widestWithOne;
  const column = () => emit('Unsqueeze', [head.b, emit.constant([1], 'int64')]);
  const withOne = isNarrow && {
    x: emit('Concat', [x, filled(emit, 1, chunks, chunk, 1)], { axis: 2 }),
    w: emit('Concat', [head.w, column()], { axis: 1 }),
  };
  const carries: readonly Carry[] = [
    { ...floats('loss'), start: float(0) },
    ...(wanted.b
      ? [{ ...floats('db', 1, classes), start: emit('Expand', [even?.b ?? float(0), emit.shape([1, classes])]) }]
      : []),
    ...(wanted.w
      ? [
          { name: 'isFirst', shape: [], dtype: 'bool', start: emit.constant(1, 'bool') } as const,
          { ...floats('dw', width, classes), start: emit('Reshape', [head.w, emit.shape([width, classes])]) },
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
      const factors = withOne ? { xOne, wOne: withOne.w } : {};
      const { loss, weight, column, slope, rowGradient } = rowLoss(emit, { x: xc, labels: lc, ...factors }, head);
      const result: SubgraphValue[] = [floats(emit('Add', [soFar.get('loss') ?? '', loss]))];
      if (!wanted.gradient) return result;
      const d = slope();
      const dx = rowGradient(d);
      const db = soFar.get('db');
      const dw = soFar.get('dw');
      if (db) result.push(floats(emit('Gemm', [emit('Unsqueeze', [weight, axis]), d, db]), 1, classes));
      if (dw) {
        const transposed = emit('Transpose', [emit('Mul', [xc, column])], { perm: [1, 0] });
        const added = (...sum: Name[]) =>
          emit.subgraph([], () => [floats(emit('Gemm', [transposed, d, ...sum]), width, classes)]);
        const branches = { then_branch: even ? added(even.w) : added(), else_branch: added(dw) };
        const next = emit('If', [soFar.get('isFirst') ?? ''], branches);
        result.push({ name: emit.constant(0, 'bool'), dtype: 'bool', shape: [] }, floats(next, width, classes));
      }
      return [...result, floats(dx, chunk, width)];
    },
  );
  const starts = carries.map(({ start }) => start);
  const results = [...carries.map(({ name }) => name), ...(wanted.gradient ? ['dx'] : [])];
  const sequences = [x, labels, ...(withOne ? [withOne.x] : [])];
  const made = emit.many('Scan', [...starts, ...sequences], results.length, {
    num_scan_inputs: sequences.length,
    body,
  });
  const result = new Map(results.map((name, i) => [name, made[i]]));
  return [
    result.get('loss') ?? '',
    result.get('dx') ?? '',
    wanted.w ? emit('Transpose', [result.get('dw') ?? ''], { perm: [1, 0] }) : '',
    wanted.b ? emit('Squeeze', [result.get('db') ?? '', axis]) : '',
  ];
}

/**
 * What the even part of the smoothed target contributes to dw and to db, −ε/V·Σ s·x and −ε/V·Σ s: the start of their sums.
 * `w`: [1, D] in one piece, [D, 1] in chunks, whose dw is transposed; `b`: [1, 1].
 */
interface EvenPart {
  readonly w: Name;
  readonly b: Name;
}

function evenPart(
  emit: Emitter,
  { x, labels, scale }: { readonly x: Name; readonly labels: Name; readonly scale: Name },
  { chunks, chunk, width }: Sizes,
  share: number,
): EvenPart {
  const row = emit.shape([1, mulDim(chunks, chunk)]);
  const counted = emit.cast(emit('Greater', [labels, emit.constant(-1, 'int32')]), 'float');
  const weight = emit('Reshape', [emit('Mul', [counted, emit('Mul', [scale, emit.constant(-share, 'float')])]), row]);
  const flat = emit('Reshape', [x, emit.shape([mulDim(chunks, chunk), width])]);
  const sums = emit('Gemm', [weight, flat]);
  const w = emit.habits.has('copiesStates') ? sums : emit('Reshape', [sums, emit.shape([width, 1])]);
  return { w, b: emit('ReduceSum', [weight, emit.constant([1], 'int64')]) };
}
