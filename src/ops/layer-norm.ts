import { add, defineComposite, mul, type OpCall, reshape, sizeOf, sum, type Tensor } from '../graph/index.ts';
import { div, sqrt, square, sub } from './arithmetic.ts';
import { matmul } from './matmul.ts';
import { axisSize } from './range.ts';
import { mean } from './reduction.ts';

const lastAxis = { axes: [-1], keepDims: true } as const;

/**
 * Layer normalisation of the last axis: (x − mean)/√(variance + eps)·scale + bias, variance biased.
 *
 * `x`: [..., D], `scale`, `bias`: [D] → [..., D]. Mean and 1/√(variance + eps) are auxiliary outputs, [..., 1].
 *
 * Source: Ba, Kiros & Hinton 2016, eq. 4.
 */
export const layerNorm: OpCall<['x', 'scale', 'bias'], { readonly eps: number }> = defineComposite({
  name: 'layerNorm',
  inputs: ['x', 'scale', 'bias'],
  body: ({ x, scale, bias }, { eps }) => {
    const center = mean(x, lastAxis);
    const centered = sub(x, center);
    const inverse = div(1, sqrt(add(mean(square(centered), lastAxis), eps)));
    return [add(mul(mul(centered, inverse), scale), bias), center, inverse];
  },
  vjp: ({ x, scale, ys: [, center, inverse], g }) => {
    const width = x.shape[x.rank - 1];
    const rows = { shape: [sizeOf(x.shape.slice(0, -1)), width] };
    const unit = mul(sub(x, center), inverse);
    const gUnit = mul(g, unit);
    const weight = reshape(mul(scale, div(1, axisSize(x, { axis: -1 }))), { shape: [width, 1] });
    const rowMean = (t: Tensor) => reshape(matmul(reshape(t, rows), weight, {}), { shape: center.shape });
    const dx = mul(sub(sub(mul(g, scale), rowMean(g)), mul(unit, rowMean(gUnit))), inverse);
    return [dx, sum(reshape(gUnit, rows), { axes: [0] }), sum(reshape(g, rows), { axes: [0] })];
  },
  lower: (emit, inputs, { attributes: { eps } }) =>
    emit.many('LayerNormalization', inputs, 3, { axis: -1, epsilon: { float: eps } }),
  loop: { isRowwise: true },
  samples: [
    { x: { shape: [2, 5] }, scale: { shape: [5] }, bias: { shape: [5] }, attributes: { eps: 1e-5 } },
    { x: { shape: [2, 2, 3] }, scale: { shape: [3] }, bias: { shape: [3] }, attributes: { eps: 1e-12 } },
  ],
});

/** Root-mean-square normalisation of the last axis: x/√(mean(x²) + eps)·scale. Source: Zhang & Sennrich 2019, eq. 4. */
export const rmsNorm: OpCall<['x', 'scale'], { readonly eps: number }> = defineComposite({
  name: 'rmsNorm',
  inputs: ['x', 'scale'],
  body: ({ x, scale }, { eps }) => mul(div(x, sqrt(add(mean(square(x), lastAxis), eps))), scale),
  samples: [{ x: { shape: [2, 5] }, scale: { shape: [5] }, attributes: { eps: 1e-6 } }],
});
