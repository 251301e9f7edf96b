import type { Tensor } from '../../graph/index.ts';
import { relu, tanh } from '../../ops/index.ts';
import type { Cell } from './cell.ts';

const plain = (activation: (x: Tensor) => Tensor): Cell => ({
  gates: 1,
  states: 1,
  biasPlace: 'input',
  step: (weights, z, [h]) => [activation(weights.gateInputs(h, z))],
});

/** h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh). Source: Elman 1990; as `torch.nn.RNN`. */
export const rnnTanh: Cell = plain(tanh);

/** The same with max(0, ·). Source: Le, Jaitly & Hinton 2015. */
export const rnnRelu: Cell = { ...plain(relu), mayGrow: true };
