import { broadcastTo, mul, reshape, ShapeError, sum, type Tensor } from '../../graph/index.ts';
import { axisSize, cast, concat, slice, transposeMatrix } from '../../ops/index.ts';
import { type Cell, type CellConfig, cellWeights } from '../cells/cell.ts';
import { type CellName, cells } from '../cells/cells.ts';
import type { Initializer } from '../initializer.ts';
import type { Scope } from '../scope.ts';
import { inputPart } from './input.ts';
import { recurrentLayer } from './layer.ts';

export interface RecurrentConfig {
  /** A name from {@link cells}, or another cell. */
  readonly cell: CellName | Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Number of stacked layers; 1 when absent. */
  readonly layers?: number;
  readonly isBidirectional?: boolean;
  readonly hasBias?: boolean;
  /** Dropout between layers, as PyTorch's `dropout`. */
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
  /**
   * State after the last token of every row (for packed rows: after the last position), one tensor per state of the
   * cell, [layers·dirs, B, H]: h_n, c_n.
   */
  readonly states: readonly Tensor[];
}

export interface RecurrentOptions {
  /**
   * float [B, T], ones for text, then zeros, the counterpart of PyTorch's packed sequences; zeros anywhere with
   * `isPacked`.
   */
  readonly mask?: Tensor | undefined;
  /**
   * Whether rows hold several sequences with zeros of the mask between them: the state starts anew after a zero, in
   * both directions. Default false.
   */
  readonly isPacked?: boolean | undefined;
  /** State before the first token, as {@link RecurrentResult.states}; zeros when absent. */
  readonly initial?: readonly Tensor[] | undefined;
}

/**
 * A recurrent network, as `torch.nn.RNN`, `LSTM`, `GRU` with `batch_first`: same parameter names, gate order and
 * formulas.
 *
 * `x`: [B, T, I] → [B, T, dirs·H], 0 where `mask` is 0. The reverse direction starts with a row's last token, so a mask
 * is ones, then zeros. For packed rows zeros may be anywhere, and each sets the state to 0.
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
  if (isPacked && !mask) throw new ShapeError('recurrent: isPacked needs a mask');
  const sides = isBidirectional ? ['', '_reverse'] : [''];
  const lengths = isBidirectional ? (mask && !isPacked ? textLengths(mask) : fullLengths(x)) : undefined;
  const ends: Tensor[][] = [];
  let below = x;
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0) below = dropped(scope, below, dropout, isVariational);
    const inputSize = layer === 0 ? config.inputSize : sides.length * hiddenSize;
    const suffixes = sides.map((side) => `_l${layer}${side}`);
    const weights = cellWeights(scope, cell, { ...config, inputSize }, suffixes);
    const start = initial?.map((states) => layerStates(states, layer, sides.length));
    const rate = config.recurrentDropout ?? 0;
    const { output, states } = recurrentLayer(scope, cell, weights, below, {
      start,
      mask,
      lengths,
      isPacked,
      rate,
      hiddenSize,
    });
    ends.push([...states]);
    below = mask ? mul(output, reshape(mask, { shape: [...mask.shape, 1] })) : output;
  }
  const states = Array.from({ length: cell.states }, (_, i) =>
    concat(
      ends.map((each) => each[i]),
      { axis: 0 },
    ),
  );
  return { output: below, states };
}

/**
 * One step of one cell, as `torch.nn.RNNCell`, `LSTMCell`, `GRUCell`.
 *
 * `x`: [B, I], `states`: [B, H] each → the next states, [B, H].
 */
export function recurrentCell(
  scope: Scope,
  config: CellConfig & Pick<RecurrentConfig, 'cell'> & { readonly suffix?: string },
  x: Tensor,
  states: readonly Tensor[],
): readonly Tensor[] {
  const cell = cellOf(config);
  const weights = cellWeights(scope, cell, config, [config.suffix ?? '']);
  const z = inputPart(cell, weights, transposeMatrix(x));
  return cell.step(weights, z, states.map(transposeMatrix)).map(transposeMatrix);
}

/** The cell of a name, or the given cell. */
export const cellOf = ({ cell }: Pick<RecurrentConfig, 'cell'>): Cell =>
  typeof cell === 'string' ? cells[cell] : cell;

/** Tokens of each row. `mask`: [B, T] → int32 [B]. */
const textLengths = (mask: Tensor): Tensor => cast(sum(mask, { axes: [1] }), { dtype: 'int32' });

/** T for every row. `x`: [B, T, ..] → int32 [B]. */
const fullLengths = (x: Tensor): Tensor =>
  broadcastTo(cast(axisSize(x, { axis: 1 }), { dtype: 'int32' }), { shape: [x.shape[0]] });

/** [L·D, B, H] → [D, B, H] */
const layerStates = (states: Tensor, layer: number, sides: number): Tensor =>
  slice(states, { axis: 0, start: layer * sides, end: (layer + 1) * sides });

/** Dropout between layers, [B, T, D]; one mask for all T when it is variational. */
function dropped(scope: Scope, x: Tensor, rate: number, isVariational: boolean): Tensor {
  if (!isVariational) return scope.dropout(x, rate);
  const mask = scope.dropoutMask([x.shape[0], 1, x.shape[2]], rate);
  return mask ? mul(x, mask) : x;
}
