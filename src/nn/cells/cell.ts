import { add, reshape, type Tensor } from '../../graph/index.ts';
import { concat, matmul, matmulAdd, split } from '../../ops/index.ts';
import { type Initializer, uniform } from '../initializer.ts';
import type { Scope } from '../scope.ts';

/** The sizes of a recurrent layer's cell. */
export interface CellConfig {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly hasBias?: boolean;
  /** U(−1/√H, 1/√H) when absent, as PyTorch. */
  readonly initializer?: Initializer;
}

/** A range of a cell's gates. */
export interface GateRange {
  readonly from: number;
  readonly count: number;
}

/**
 * A cell's parameters and the products with them. Everything in a step is feature-major: one column per row of the
 * batch. If both directions take the step together, every shape has a leading axis of size 2, written "..": count axes
 * from the end.
 */
export interface CellWeights {
  /** [.., G·H, I] */
  readonly inputWeight: Tensor;
  /** What the input adds to every gate besides its product, [.., G·H, 1]; absent without biases. */
  readonly inputBias?: Tensor;
  /** weight_hh·h + bias_hh of some gates. `h`: [.., H, B] → [.., gates·H, B]. */
  recurrent(h: Tensor, gates?: GateRange): Tensor;
  /** The same plus `z`, [.., G·H, B]: the whole input of the gates. */
  gateInputs(h: Tensor, z: Tensor): Tensor;
  /** Another parameter of the cell → [.., ...shape]. */
  parameter(name: string, shape: readonly number[], initializer: Initializer): Tensor;
}

/** One kind of recurrent cell: everything the layers know about it. */
export interface Cell {
  /** G: how many blocks of H rows the weights have. */
  readonly gates: number;
  /** How many tensors of state there are; the first is the hidden state h, which is the output. */
  readonly states: number;
  /** Whether a state can grow without bound over steps, so that the loop must not run over padding. Default false. */
  readonly mayGrow?: boolean;
  /** Where the recurrent bias is added: to the input's part, once for all steps, or in the step. */
  readonly biasPlace: 'input' | 'step';
  /** Applied to the input's products before the loop, [..., G·H, N]; nothing when absent. */
  input?(weights: CellWeights, z: Tensor): Tensor;
  /** One step. `z`: the input's part, [.., G·H, B]; states [.., H, B] → the next states. */
  step(weights: CellWeights, z: Tensor, states: readonly Tensor[]): readonly Tensor[];
}

/**
 * The parameters of a cell, or of one cell per direction, under PyTorch's names: `weight_ih` and so on with a suffix,
 * `_l0`, `_l1_reverse`.
 */
export function cellWeights(scope: Scope, cell: Cell, config: CellConfig, suffixes: readonly string[]): CellWeights {
  const { inputSize, hiddenSize, hasBias = true } = config;
  const rows = cell.gates * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  const initializer = config.initializer ?? uniform(-bound, bound);
  const own = (name: string, shape: readonly number[], init = initializer) =>
    suffixes.map((suffix) => scope.parameter(`${name}${suffix}`, shape, init));
  const parameter = (name: string, shape: readonly number[], init: Initializer) => together(own(name, shape, init));
  const inputWeight = together(own('weight_ih', [rows, inputSize]));
  const weight = together(own('weight_hh', [rows, hiddenSize]));
  const bias = (name: string) => column(together(own(name, [rows])));
  const biases = hasBias ? { input: bias('bias_ih'), step: bias('bias_hh') } : null;
  const block = (x: Tensor, { from, count }: GateRange): Tensor => {
    if (count === cell.gates) return x;
    const sizes = [from, count, cell.gates - from - count].map((gates) => gates * hiddenSize);
    const parts = split.all(x, { axis: -2, sizes: sizes.filter((size) => size > 0) });
    return parts[from > 0 ? 1 : 0];
  };
  const isBiasInStep = biases !== null && cell.biasPlace === 'step';
  return {
    inputWeight,
    inputBias: biases ? (cell.biasPlace === 'input' ? add(biases.input, biases.step) : biases.input) : undefined,
    recurrent: (h, gates = { from: 0, count: cell.gates }) => {
      const rows = block(weight, gates);
      return isBiasInStep ? matmulAdd(rows, h, block(biases.step, gates)) : matmul(rows, h, {});
    },
    gateInputs: (h, z) => matmulAdd(weight, h, isBiasInStep ? add(z, biases.step) : z),
    parameter,
  };
}

/** The blocks of H rows of `z`, [.., G·H, B]. */
export function gatesOf(z: Tensor, count: number): readonly Tensor[] {
  const size = (z.shape[z.rank - 2] as number) / count;
  return split.all(z, { axis: -2, sizes: Array.from({ length: count }, () => size) });
}

/** [...] → [..., 1] */
const column = (x: Tensor): Tensor => reshape(x, { shape: [...x.shape, 1] });

/** One tensor unchanged, [...]; several as [count, ...]. */
function together(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 1) return tensors[0];
  return concat(
    tensors.map((tensor) => reshape(tensor, { shape: [1, ...tensor.shape] })),
    { axis: 0 },
  );
}
