import { add, broadcastTo, constantTensor, gather, mul, reshape, sum, type Tensor } from '../../src/graph/index.ts';
import { activations, selu } from '../../src/nn/index.ts';
import {
  clip,
  div,
  elu,
  embedding,
  layerNorm,
  linear,
  logSoftmax,
  logSumExp,
  matmul,
  mean,
  reduceMax,
  rmsNorm,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  takeAlong,
  transpose,
  transposeMatrix,
} from '../../src/ops/index.ts';
import { type CaseFunction as AnyCaseFunction, testGoldenFunctions } from './golden-function.ts';

/** What the golden's JSON says of a case; each has what its layer takes. */
interface Setting {
  readonly eps: number;
  readonly normalized_shape: readonly number[];
  readonly padding_idx: number;
}

type CaseFunction = AnyCaseFunction<Setting>;

const elementwise =
  (apply: (x: Tensor) => Tensor): CaseFunction =>
  ({ x }) => ({ y: apply(x) });

/** Over the axes of `normalized_shape` together; without parameters where the golden has none. */
const normalised: CaseFunction = ({ x }, { weight, bias }, { eps, normalized_shape }) => {
  const size = normalized_shape.reduce((n, s) => n * s, 1);
  const lead = x.shape.slice(0, x.rank - normalized_shape.length);
  const flat = (tensor: Tensor, ...front: Tensor['shape'][number][]) => reshape(tensor, { shape: [...front, size] });
  const [scale, shift] = [weight && flat(weight), bias && flat(bias)];
  const parameters = [scale ?? broadcastTo(1, { shape: [size] }), shift ?? broadcastTo(0, { shape: [size] })] as const;
  return { y: reshape(layerNorm(flat(x, ...lead), ...parameters, { eps }), { shape: x.shape }) };
};

/** Elements of the last axis, multiplied. */
function product(x: Tensor): Tensor {
  const last = x.rank - 1;
  const parts = Array.from({ length: Number(x.shape[last]) }, (_, i) => slice(x, { axis: last, start: i, end: i + 1 }));
  return reshape(parts.reduce(mul), { shape: x.shape.slice(0, -1) });
}

/** Σ (x − mean)² over the last axis. */
const scatter = (x: Tensor): Tensor => sum(square(sub(x, mean(x, { axes: [-1], keepDims: true }))), { axes: [-1] });

/** The axes before the last two of two tensors, broadcast against each other. */
const bothBatches = (a: Tensor, b: Tensor): Tensor['shape'] => {
  const [longer, shorter] = [a, b].map(({ shape }) => shape.slice(0, -2)).sort((x, y) => y.length - x.length);
  const padded = [...new Array<number>(longer.length - shorter.length).fill(1), ...shorter];
  return longer.map((size, i) => (size === 1 ? padded[i] : size));
};

const upperTriangle = (size: number): Tensor =>
  constantTensor(
    Array.from({ length: size * size }, (_, i) => Number(Math.floor(i / size) <= i % size)),
    [size, size],
  );

await testGoldenFunctions(
  'layers',
  {
    layer_norm: normalised,
    layer_norm_large_mean: normalised,
    layer_norm_no_affine: normalised,
    layer_norm_2d: normalised,
    rms_norm: ({ x }, { weight }, { eps }) => ({ y: rmsNorm(x, weight, { eps }) }),
    act_gelu: elementwise(activations.gelu),
    act_gelu_new: elementwise(activations.gelu_new),
    act_gelu_pytorch_tanh: elementwise(activations.gelu_pytorch_tanh),
    act_quick_gelu: elementwise(activations.quick_gelu),
    act_relu: elementwise(activations.relu),
    act_silu: elementwise(activations.silu),
    act_tanh: elementwise(activations.tanh),
    act_sigmoid: elementwise(activations.sigmoid),
    act_mish: elementwise(activations.mish),
    act_relu2: elementwise(activations.relu2),
    act_relu6: elementwise(activations.relu6),
    act_leaky_relu: elementwise(activations.leaky_relu),
    act_linear: elementwise(activations.linear),
    act_softplus: elementwise(softplus),
    act_elu: elementwise((x) => elu(x, { alpha: 1 })),
    act_selu: elementwise(selu),
    act_hardtanh: elementwise((x) => clip(x, { min: -1, max: 1 })),
    softmax: ({ x }) => ({
      softmax: softmax(x),
      log_softmax: logSoftmax(x),
      logsumexp: reshape(logSumExp(x), { shape: x.shape.slice(0, -1) }),
      softmax_dim0: transposeMatrix(softmax(transposeMatrix(x))),
    }),
    softmax_extreme: ({ x }) => ({
      softmax: softmax(x),
      log_softmax: logSoftmax(slice(x, { axis: 0, start: 0, end: 2 })),
    }),
    embedding_padding_idx: ({ ids }, { weight }, { padding_idx }) => ({
      y: embedding(weight, ids, { paddingRow: padding_idx }),
    }),
    embedding_repeat: ({ ids }, { weight }) => ({ y: gather(weight, ids) }),
    linear: ({ x }, { weight, bias }) => ({ y: linear(x, weight, bias) }),
    bilinear: ({ a, b }, { weight, bias }) => {
      const [out, left, right] = weight.shape as readonly number[];
      const table = reshape(transpose(weight, { permutation: [1, 0, 2] }), { shape: [left, out * right] });
      const products = reshape(matmul(a, table, {}), { shape: [a.shape[0], out, right] });
      return { y: add(sum(mul(products, reshape(b, { shape: [b.shape[0], 1, right] })), { axes: [2] }), bias) };
    },
    bmm_broadcast: ({ a, b }) => {
      const wide = (x: Tensor) => broadcastTo(x, { shape: [...bothBatches(a, b), ...x.shape.slice(-2)] });
      return { y: matmul(wide(a), wide(b), {}) };
    },
    gather_scatter: ({ x, idx }) => ({
      y: takeAlong(x, idx),
      index_select: transposeMatrix(gather(transposeMatrix(x), constantTensor([1, 1, 4], [3], 'int32'))),
      cumsum: matmul(x, upperTriangle(Number(x.shape[1])), {}),
    }),
    reductions: ({ x }) => ({
      sum: sum(x, { axes: [1] }),
      mean: mean(x, { axes: [0, 2] }),
      max: reduceMax(x, { axes: [1] }),
      norm: sqrt(sum(square(x), { axes: [-1] })),
      prod: product(x),
      std_biased: sqrt(div(scatter(x), Number(x.shape[x.rank - 1]))),
      var_unbiased: div(scatter(x), Number(x.shape[x.rank - 1]) - 1),
    }),
  },
  {
    conv1d: 'convolution: not built',
    conv2d: 'convolution: not built',
    conv2d_patch: 'convolution: not built',
    max_pool1d: 'pooling: not built',
    avg_pool2d: 'pooling: not built',
    group_norm: 'not built',
    batch_norm_train: 'not built',
    bicubic_upsample: 'interpolation: not built',
  },
  { layer_norm_large_mean: { output: 3e-5, gradient: 2e-4 } },
);
