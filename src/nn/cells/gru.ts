import { add, mul, type Tensor } from '../../graph/index.ts';
import { sigmoid, split, sub, tanh } from '../../ops/index.ts';
import { type Cell, gatesOf } from './cell.ts';

/** n + u·(h − n) = (1 − u)·n + u·h. */
const mixed = (u: Tensor, h: Tensor, n: Tensor): Tensor => add(n, mul(u, sub(h, n)));

/**
 * Gated recurrent unit: r, u = σ of two blocks, n = tanh(W_n·x + b_n + r·(U_n·h + c_n)), h′ = (1 − u)·n + u·h. The
 * reset gate is applied after the product. Blocks in PyTorch's order r, z, n (u is its z).
 *
 * Source: Cho et al. 2014 in the form of `torch.nn.GRU` (ONNX: `linear_before_reset = 1`).
 */
export const gru: Cell = {
  gates: 3,
  states: 1,
  biasPlace: 'step',
  step: (weights, z, [h]) => {
    const [zr, zu, zn] = gatesOf(z, 3);
    const [hr, hu, hn] = gatesOf(weights.recurrent(h), 3);
    const n = tanh(add(zn, mul(sigmoid(add(zr, hr)), hn)));
    return [mixed(sigmoid(add(zu, hu)), h, n)];
  },
};

/**
 * The same with the reset gate before the product: n = tanh(W_n·x + b_n + U_n·(r·h) + c_n).
 *
 * Source: Cho et al. 2014, eq. 8 (ONNX: `linear_before_reset = 0`).
 */
export const gruResetBefore: Cell = {
  gates: 3,
  states: 1,
  biasPlace: 'input',
  step: (weights, z, [h]) => {
    const size = h.shape[h.rank - 2] as number;
    const [zru, zn] = split.all(z, { axis: -2, sizes: [2 * size, size] });
    const [r, u] = gatesOf(sigmoid(add(zru, weights.recurrent(h, { from: 0, count: 2 }))), 2);
    const n = tanh(add(zn, weights.recurrent(mul(r, h), { from: 2, count: 1 })));
    return [mixed(u, h, n)];
  },
};
