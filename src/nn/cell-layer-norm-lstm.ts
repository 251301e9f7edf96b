import { add, mul, type Tensor } from '../graph/index.ts';
import { layerNorm, sigmoid, tanh, transposeMatrix } from '../ops/index.ts';
import { type Cell, type CellWeights, gatesOf } from './cell.ts';
import { ones, zeros } from './initializer.ts';

const eps = 1e-5;

/** Layer normalisation of columns, [N, B], parameters `NAME_weight`, `NAME_bias`. */
function normalised(weights: CellWeights, name: string, x: Tensor, width: number): Tensor {
  const scale = weights.parameter(`${name}_weight`, [width], ones);
  const bias = weights.parameter(`${name}_bias`, [width], zeros);
  return transposeMatrix(layerNorm(transposeMatrix(x), scale, bias, { eps }));
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
  input: (weights, z) => normalised(weights, 'norm_ih', z, z.shape[0] as number),
  step: (weights, z, [h, c]) => {
    const size = h.shape[0] as number;
    const [i, f, g, o] = gatesOf(add(normalised(weights, 'norm_hh', weights.recurrent(h), 4 * size), z), 4);
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(normalised(weights, 'norm_c', next, size))), next];
  },
};
