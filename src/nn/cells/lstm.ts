import { add, mul } from '../../graph/index.ts';
import { sigmoid, tanh } from '../../ops/index.ts';
import { type Cell, gatesOf } from './cell.ts';

/**
 * Long short-term memory: i, f, g, o = blocks of W_ih·x + b_ih + W_hh·h + b_hh, c′ = σ(f)·c + σ(i)·tanh(g),
 * h′ = σ(o)·tanh(c′). States h, c. Gate order is PyTorch's; ONNX's is i, o, f, g.
 *
 * Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; as `torch.nn.LSTM`.
 */
export const lstm: Cell = {
  gates: 4,
  states: 2,
  biasPlace: 'input',
  step: (weights, z, [h, c]) => {
    const [i, f, g, o] = gatesOf(weights.gateInputs(h, z), 4);
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(next)), next];
  },
};
