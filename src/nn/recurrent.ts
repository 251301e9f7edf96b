import { add, addDim, mul, mulDim, reshape, ShapeError, scan, sum, type Tensor, zerosOf } from '../graph/index.ts';
import { concat, matmul, matmulAdd, slice, sub, transpose } from '../ops/index.ts';
import { type Cell, type CellConfig, type CellWeights, cellWeights } from './cell.ts';
import { type CellName, cells } from './cells.ts';
import type { Initializer } from './initializer.ts';
import type { Scope } from './scope.ts';

export interface RecurrentConfig {
  /** A name of the table {@link cells}, or a cell that is not in it. */
  readonly cell: CellName | Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Layers upon each other; 1 when absent. */
  readonly layers?: number;
  readonly isBidirectional?: boolean;
  readonly hasBias?: boolean;
  /** Dropout on what a layer gives to the next, as PyTorch's `dropout`. */
  readonly dropout?: number;
  /** One dropout mask for all steps instead of one for each. Source: Gal & Ghahramani 2016. */
  readonly isVariational?: boolean;
  /** Dropout on h where it enters the recurrent product, one mask for all steps. Source: Gal & Ghahramani 2016. */
  readonly recurrentDropout?: number;
  readonly initializer?: Initializer;
}

export interface RecurrentResult {
  /** The last layer's hidden states, [B, T, dirs·H]; zeros at padding. */
  readonly output: Tensor;
  /** State after the last token of every row (of packed rows: after their last place), a tensor for each state of the cell, [layers·dirs, B, H]: h_n, c_n. */
  readonly states: readonly Tensor[];
}

export interface RecurrentOptions {
  /** float [B, T], 1 where there is text; padding on the right, what PyTorch says with packed sequences, unless `isPacked`. */
  readonly mask?: Tensor;
  /**
   * Rows hold several sequences with zeros of the mask between them: the state begins anew behind a zero, in both
   * directions. Default false.
   */
  readonly isPacked?: boolean;
  /** State before the first token, as {@link RecurrentResult.states}; zeros when absent. */
  readonly initial?: readonly Tensor[];
}

/**
 * A recurrent net, as `torch.nn.RNN`, `LSTM`, `GRU` with `batch_first`: same parameter names, gate order and formulas.
 *
 * `x`: [B, T, I] → [B, T, dirs·H]. Where `mask` is 0 a row's state stays as it is (of packed rows: becomes 0) and its
 * output is 0, so that padding changes nothing and the reversed direction begins with a row's last token.
 *
 * @throws {ShapeError} for packed rows without a mask.
 */
export function recurrent(
  scope: Scope,
  config: RecurrentConfig,
  x: Tensor,
  { mask, initial, isPacked = false }: RecurrentOptions = {},
): RecurrentResult {
  const { layers = 1, isBidirectional = false, hiddenSize, dropout = 0, isVariational = false } = config;
  const cell = cellOf(config);
  if (isPacked && !mask) throw new ShapeError('recurrent: expected a mask with isPacked, got none');
  const directions = isBidirectional ? [false, true] : [false];
  const steps = mask && maskSteps(mask);
  const ends: Tensor[][] = [];
  let below = x;
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0) below = dropped(scope, below, dropout, isVariational);
    const sides = directions.map((isReverse, side) => {
      const index = layer * directions.length + side;
      const weights = cellWeights(scope, cell, {
        inputSize: layer === 0 ? config.inputSize : directions.length * hiddenSize,
        hiddenSize,
        hasBias: config.hasBias,
        suffix: `_l${layer}${isReverse ? '_reverse' : ''}`,
        initializer: config.initializer,
      });
      const start = initial?.map((states) => layerState(states, index));
      const rate = config.recurrentDropout ?? 0;
      const { output, states } = direction(scope, cell, weights, below, {
        isReverse,
        start,
        steps,
        isPacked,
        rate,
        hiddenSize,
      });
      ends.push([...states]);
      return output;
    });
    const joined = sides.length > 1 ? concat(sides, { axis: 2 }) : sides[0];
    below = mask ? mul(joined, reshape(mask, { shape: [...mask.shape, 1] })) : joined;
  }
  const states = Array.from({ length: cell.states }, (_, i) => stacked(ends.map((each) => each[i])));
  return { output: below, states };
}

/**
 * One step of one cell, as `torch.nn.RNNCell`, `LSTMCell`, `GRUCell`.
 *
 * `x`: [B, I], `states`: [B, H] each → the next states, [B, H].
 */
export function recurrentCell(
  scope: Scope,
  config: CellConfig & Pick<RecurrentConfig, 'cell'>,
  x: Tensor,
  states: readonly Tensor[],
): readonly Tensor[] {
  const cell = cellOf(config);
  const weights = cellWeights(scope, cell, config);
  const z = inputPart(cell, weights, turned(x, [1, 0]));
  return cell
    .step(
      weights,
      z,
      states.map((state) => turned(state, [1, 0])),
    )
    .map((state) => turned(state, [1, 0]));
}

/** The table's cell, or the one that is given. */
export const cellOf = ({ cell }: Pick<RecurrentConfig, 'cell'>): Cell =>
  typeof cell === 'string' ? cells[cell] : cell;

/** What the input adds to the gates of N tokens at once. `x`: [I, N] → [G·H, N]. */
function inputPart(cell: Cell, weights: CellWeights, x: Tensor): Tensor {
  const { inputWeight, inputBias } = weights;
  const bias = inputBias && reshape(inputBias, { shape: [inputBias.shape[0], 1] });
  if (bias && !cell.input) return matmulAdd(inputWeight, x, bias);
  const product = matmul(inputWeight, x, {});
  const z = cell.input ? cell.input(weights, product) : product;
  return bias ? add(z, bias) : z;
}

interface Direction {
  readonly isReverse: boolean;
  /** States before the first step, [B, H]; zeros when absent. */
  readonly start: readonly Tensor[] | undefined;
  /** 1 where there is text, [T, 1, B]. */
  readonly steps: Tensor | undefined;
  readonly isPacked: boolean;
  readonly rate: number;
  readonly hiddenSize: number;
}

/** One layer in one direction. `x`: [B, T, I] → output [B, T, H], which may be anything at padding, and states [B, H]. */
function direction(
  scope: Scope,
  cell: Cell,
  weights: CellWeights,
  x: Tensor,
  { isReverse, start, steps, isPacked, rate, hiddenSize }: Direction,
): { readonly output: Tensor; readonly states: readonly Tensor[] } {
  const [batch, time, width] = x.shape;
  const columns = reshape(turned(timeFirst(x), [1, 0, 2]), { shape: [width, mulDim(time, batch)] });
  const gates = inputPart(cell, weights, columns);
  const z = turned(reshape(gates, { shape: [gates.shape[0], time, batch] }), [1, 0, 2]);
  const carries =
    start?.map((state) => turned(state, [1, 0])) ??
    Array.from({ length: cell.states }, () => zerosOf([hiddenSize, batch]));
  const kept = scope.dropoutMask(carries[0].shape, rate);
  const stepWeights = kept ? droppingState(weights, kept) : weights;
  const keeping = steps ? (isPacked ? 'zeros' : padding(cell, isReverse, start !== undefined)) : 'nothing';
  const sequences = steps ? [z, steps] : [z];
  const { carries: ends, outputs } = scan({ carries, sequences, isReverse }, (before, [element, isText]) => {
    const next = cell.step(stepWeights, element, before);
    const after = next.map((state, i) => keepers[keeping](state, before[i], isText));
    return { carries: after, outputs: after };
  });
  const last =
    steps && keeping === 'nothing' ? outputs.map((all, i) => lastOfText(all, steps, start && carries[i])) : ends;
  return { output: turned(outputs[0], [2, 0, 1]), states: last.map((end) => turned(end, [1, 0])) };
}

/**
 * What must be done at padding, which lies behind a row's text. Forwards nothing: what the text's steps give does not
 * depend on it, and the end is looked up. Backwards the state must still be the first one where the text begins.
 */
function padding(cell: Cell, isReverse: boolean, hasStart: boolean): Keeping {
  if (!isReverse && !cell.mayGrow) return 'nothing';
  return isReverse && !hasStart ? 'zeros' : 'state';
}

type Keeping = keyof typeof keepers;

/** The state after a step. `isText`: 1 or 0, [1, B]. */
const keepers = {
  nothing: (next: Tensor) => next,
  zeros: (next: Tensor, _: Tensor, isText: Tensor) => mul(next, isText),
  state: (next: Tensor, before: Tensor, isText: Tensor) => add(before, mul(isText, sub(next, before))),
};

/** The state behind each row's last token, `start` where a row has none. `all`: [T, H, B], `steps`: [T, 1, B] → [H, B]. */
function lastOfText(all: Tensor, steps: Tensor, start: Tensor | undefined): Tensor {
  const [time, , batch] = steps.shape;
  const later = slice(concat([steps, zerosOf([1, 1, batch])], { axis: 0 }), {
    axis: 0,
    start: 1,
    end: addDim(time, 1),
  });
  const found = sum(mul(all, sub(steps, later)), { axes: [0] });
  if (!start) return found;
  const first = reshape(slice(steps, { axis: 0, start: 0, end: 1 }), { shape: [1, batch] });
  return add(found, mul(start, sub(1, first)));
}

/** The products of a state some of whose entries are dropped, the same in every step. `kept`: [H, B]. */
const droppingState = (weights: CellWeights, kept: Tensor): CellWeights => ({
  ...weights,
  recurrent: (h, gates) => weights.recurrent(mul(h, kept), gates),
  gateInputs: (h, z) => weights.gateInputs(mul(h, kept), z),
});

const turned = (x: Tensor, permutation: readonly number[]): Tensor => transpose(x, { permutation });

/**
 * [B, T, D] → [T, D, B], as a matrix turned: ONNX Runtime would join it with the next turn, and for three axes in reverse
 * order it has no fast kernel.
 */
function timeFirst(x: Tensor): Tensor {
  const [batch, time, width] = x.shape;
  const rows = reshape(x, { shape: [batch, mulDim(time, width)] });
  return reshape(turned(rows, [1, 0]), { shape: [time, width, batch] });
}

/** [B, T] → [T, 1, B] */
const maskSteps = (mask: Tensor): Tensor => reshape(turned(mask, [1, 0]), { shape: [mask.shape[1], 1, mask.shape[0]] });

/** [L, B, H] → [B, H] */
function layerState(states: Tensor, index: number): Tensor {
  const [, batch, width] = states.shape;
  return reshape(slice(states, { axis: 0, start: index, end: index + 1 }), { shape: [batch, width] });
}

/** [B, H] each → [L, B, H] */
function stacked(states: readonly Tensor[]): Tensor {
  const rows = states.map((state) => reshape(state, { shape: [1, ...state.shape] }));
  return rows.length > 1 ? concat(rows, { axis: 0 }) : rows[0];
}

/** Dropout between layers, [B, T, D]; one mask for all T when it is variational. */
function dropped(scope: Scope, x: Tensor, rate: number, isVariational: boolean): Tensor {
  if (!isVariational) return scope.dropout(x, rate);
  const mask = scope.dropoutMask([x.shape[0], 1, x.shape[2]], rate);
  return mask ? mul(x, mask) : x;
}
