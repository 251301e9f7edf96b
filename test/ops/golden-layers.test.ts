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
import { type CaseFunction, testGoldenFunctions } from './golden-function.ts';

const elementwise =
  (apply: (x: Tensor) => Tensor): CaseFunction =>
  ({ x }) => ({ y: apply(x) });

const normalised: CaseFunction = ({ x }, { weight, bias }) => ({ y: layerNorm(x, weight, bias, { eps: 1e-5 }) });

/** Elements of the last axis, multiplied. */
function product(x: Tensor): Tensor {
  const last = x.rank - 1;
  const parts = Array.from({ length: Number(x.shape[last]) }, (_, i) => slice(x, { axis: last, start: i, end: i + 1 }));
  return reshape(parts.reduce(mul), { shape: x.shape.slice(0, -1) });
}

/** Σ (x − mean)² over the last axis. */
const scatter = (x: Tensor): Tensor => sum(square(sub(x, mean(x, { axes: [-1], keepDims: true }))), { axes: [-1] });

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
    layer_norm_no_affine: ({ x }) => ({
      y: layerNorm(x, broadcastTo(1, { shape: [6] }), broadcastTo(0, { shape: [6] }), { eps: 0.1 }),
    }),
    layer_norm_2d: ({ x }, { weight, bias }) => {
      const flat = (tensor: Tensor, ...lead: number[]) => reshape(tensor, { shape: [...lead, 24] });
      return { y: reshape(layerNorm(flat(x, 3), flat(weight), flat(bias), { eps: 1e-5 }), { shape: x.shape }) };
    },
    rms_norm: ({ x }, { weight }) => ({ y: rmsNorm(x, weight, { eps: 1e-6 }) }),
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
      logsumexp: reshape(logSumExp(x), { shape: [3] }),
      softmax_dim0: transposeMatrix(softmax(transposeMatrix(x))),
    }),
    softmax_extreme: ({ x }) => ({
      softmax: softmax(x),
      log_softmax: logSoftmax(slice(x, { axis: 0, start: 0, end: 2 })),
    }),
    embedding_padding_idx: ({ ids }, { weight }) => ({ y: embedding(weight, ids, { paddingRow: 0 }) }),
    embedding_repeat: ({ ids }, { weight }) => ({ y: gather(weight, ids) }),
    linear: ({ x }, { weight, bias }) => ({ y: linear(x, weight, bias) }),
    bilinear: ({ a, b }, { weight, bias }) => {
      const table = reshape(transpose(weight, { permutation: [1, 0, 2] }), { shape: [4, 6] });
      const products = reshape(matmul(a, table, {}), { shape: [5, 2, 3] });
      return { y: add(sum(mul(products, reshape(b, { shape: [5, 1, 3] })), { axes: [2] }), bias) };
    },
    bmm_broadcast: ({ a, b }) => ({
      y: matmul(broadcastTo(a, { shape: [2, 5, 3, 4] }), broadcastTo(b, { shape: [2, 5, 4, 2] }), {}),
    }),
    gather_scatter: ({ x, idx }) => ({
      y: takeAlong(x, idx),
      index_select: transposeMatrix(gather(transposeMatrix(x), constantTensor([1, 1, 4], [3], 'int32'))),
      cumsum: matmul(x, upperTriangle(5), {}),
    }),
    reductions: ({ x }) => ({
      sum: sum(x, { axes: [1] }),
      mean: mean(x, { axes: [0, 2] }),
      max: reduceMax(x, { axes: [1] }),
      norm: sqrt(sum(square(x), { axes: [-1] })),
      prod: product(x),
      std_biased: sqrt(div(scatter(x), 5)),
      var_unbiased: div(scatter(x), 4),
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
