import { add, broadcastTo, constantTensor, mul, reshape, type Tensor } from '../../graph/index.ts';
import { layerNorm, sigmoid, tanh, transposeMatrix } from '../../ops/index.ts';
import { ones, zeros } from '../initializer.ts';
import { type Cell, type CellWeights, gatesOf } from './cell.ts';

const eps = 1e-5;

/** Layer normalisation of columns, [.., N, B], parameters `NAME_weight`, `NAME_bias`. */
function normalised(weights: CellWeights, name: string, x: Tensor): Tensor {
  const width = x.shape[x.rank - 2] as number;
  const scale = weights.parameter(`${name}_weight`, [width], ones);
  const bias = weights.parameter(`${name}_bias`, [width], zeros);
  const norm = (a: Tensor, b: Tensor): Tensor => transposeMatrix(layerNorm(transposeMatrix(x), a, b, { eps }));
  if (scale.rank === 1) return norm(scale, bias);
  // Each direction has its own scale and bias.
  const [one, zero] = [1, 0].map((each) => broadcastTo(constantTensor(each), { shape: [width] }));
  const column = (own: Tensor): Tensor => reshape(own, { shape: [...own.shape, 1] });
  return add(mul(norm(one, zero), column(scale)), column(bias));
}

/**
 * An LSTM with layer normalisation of the input's part, the recurrent part and the cell:
 * i, f, g, o = LN(W_ih·x) + LN(W_hh·h) + b, c′ = σ(f)·c + σ(i)·tanh(g), h′ = σ(o)·tanh(LN(c′)).
 *
 * Source: Ba, Kiros & Hinton 2016, eq. 20–22.
 */
export const layerNormLstm: Cell = {
  gates: 4,
  states: 2,
  biasPlace: 'input',
  input: (weights, z) => normalised(weights, 'norm_ih', z),
  step: (weights, z, [h, c]) => {
    const [i, f, g, o] = gatesOf(add(normalised(weights, 'norm_hh', weights.recurrent(h)), z), 4);
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(normalised(weights, 'norm_c', next))), next];
  },
};
