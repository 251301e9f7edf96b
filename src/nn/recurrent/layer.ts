import { add, addDim, mul, reshape, scan, sum, type Tensor, zerosOf } from '../../graph/index.ts';
import { concat, reverseSequence, slice, split, sub, transpose, transposeMatrix } from '../../ops/index.ts';
import type { Cell, CellWeights } from '../cells/cell.ts';
import type { Scope } from '../scope.ts';
import { inputParts } from './input.ts';

export interface LayerOptions {
  /** States before the first step, [D, B, H]; zeros when absent. */
  readonly start: readonly Tensor[] | undefined;
  /** float [B, T], 1 where there is text. */
  readonly mask: Tensor | undefined;
  /** Number of tokens of each row that are read in reverse, int32 [B]; absent with one direction. */
  readonly lengths: Tensor | undefined;
  readonly isPacked: boolean;
  readonly rate: number;
  readonly hiddenSize: number;
}

/**
 * One layer in D directions, which take each step together: the second direction reads the rows in reverse.
 *
 * `x`: [B, T, I] → output [B, T, D·H], with arbitrary values at padding, and states [D, B, H]. With D = 1 the loop has
 * no axis of directions.
 */
export function recurrentLayer(
  scope: Scope,
  cell: Cell,
  weights: CellWeights,
  x: Tensor,
  { start, mask, lengths, isPacked, rate, hiddenSize }: LayerOptions,
): { readonly output: Tensor; readonly states: readonly Tensor[] } {
  const [batch, time] = x.shape;
  const sides = lengths ? [2] : [];
  const z = inputParts(cell, weights, lengths ? [x, reverseSequence(x, lengths)] : [x], scope.trace.isTraining);
  const shape = [...sides, hiddenSize, batch];
  const carries =
    start?.map((state) => reshape(transposeMatrix(state), { shape })) ??
    Array.from({ length: cell.states }, () => zerosOf(shape));
  const kept = scope.dropoutMask(shape, rate);
  const stepWeights = kept ? droppingState(weights, kept) : weights;
  const steps = mask && maskSteps(mask, isPacked ? lengths : undefined, sides.length);
  const keeping = steps && isPacked ? 'zeros' : steps && cell.mayGrow ? 'state' : 'nothing';
  const sequences = steps ? [z, steps] : [z];
  const { carries: last, outputs } = scan({ carries, sequences }, (before, [element, isText]) => {
    const next = cell.step(stepWeights, element, before);
    const after = next.map((state, i) => keepers[keeping](state, before[i], isText));
    return { carries: after, outputs: after };
  });
  const ends =
    steps && keeping === 'nothing' ? outputs.map((all, i) => lastOfText(all, steps, start && carries[i])) : last;
  const flat = reshape(outputs[0], { shape: [time, (lengths ? 2 : 1) * hiddenSize, batch] });
  return {
    output: inOrder(transpose(flat, { permutation: [2, 0, 1] }), lengths),
    states: ends.map((end) => transposeMatrix(lengths ? end : reshape(end, { shape: [1, ...shape] }))),
  };
}

/** The second direction's half of [B, T, 2·H] in the order of the rows. */
function inOrder(output: Tensor, lengths: Tensor | undefined): Tensor {
  if (!lengths) return output;
  const size = (output.shape[2] as number) / 2;
  const [forward, reversed] = split.all(output, { axis: 2, sizes: [size, size] });
  return concat([forward, reverseSequence(reversed, lengths)], { axis: 2 });
}

/** [B, T] → [T, .., 1, B]; for packed rows in both directions, one mask each. */
function maskSteps(mask: Tensor, lengths: Tensor | undefined, axes: number): Tensor {
  const [batch, time] = mask.shape;
  const sides = lengths ? [mask, reverseSequence(mask, lengths)] : [mask];
  const rows = sides.map((side) => reshape(transposeMatrix(side), { shape: [time, ...Array(axes).fill(1), 1, batch] }));
  return concat(rows, { axis: 1 });
}

/**
 * Handling of padding. By default none: padding comes after the text, so it has no effect on it, and the final state is
 * looked up at the text's end. `isText`: 1 or 0, [.., 1, B].
 */
const keepers = {
  nothing: (next: Tensor) => next,
  zeros: (next: Tensor, _: Tensor, isText: Tensor) => mul(next, isText),
  state: (next: Tensor, before: Tensor, isText: Tensor) => add(before, mul(isText, sub(next, before))),
};

/**
 * The state after each row's last token, `start` for a row without tokens. `all`: [T, .., H, B], `steps`: [T, .., 1, B]
 * → [.., H, B].
 */
function lastOfText(all: Tensor, steps: Tensor, start: Tensor | undefined): Tensor {
  const [time, ...rest] = steps.shape;
  const later = slice(concat([steps, zerosOf([1, ...rest])], { axis: 0 }), {
    axis: 0,
    start: 1,
    end: addDim(time, 1),
  });
  const found = sum(mul(all, sub(steps, later)), { axes: [0] });
  if (!start) return found;
  const first = reshape(slice(steps, { axis: 0, start: 0, end: 1 }), { shape: rest });
  return add(found, mul(start, sub(1, first)));
}

/** The products of a state with some entries dropped, the same ones in every step. `kept`: [.., H, B]. */
const droppingState = (weights: CellWeights, kept: Tensor): CellWeights => ({
  ...weights,
  recurrent: (h, gates) => weights.recurrent(mul(h, kept), gates),
  gateInputs: (h, z) => weights.gateInputs(mul(h, kept), z),
});
