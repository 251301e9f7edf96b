import { add, addDim, broadcastTo, constantTensor, type Dim, mulDim, reshape, type Tensor } from '../graph/index.ts';
import { concat, matmul, matmulAdd, transposeMatrix } from '../ops/index.ts';
import type { Cell, CellWeights } from './cell.ts';

/** What the input adds to the gates in one step. `x`: [I, B] → [G·H, B]. */
export function inputPart(cell: Cell, weights: CellWeights, x: Tensor): Tensor {
  const { inputWeight, inputBias } = weights;
  if (inputBias && !cell.input) return matmulAdd(inputWeight, x, inputBias);
  return inputRest(cell, weights, matmul(inputWeight, x, {}));
}

/**
 * The same in all steps, of rows that are read side by side. `sides`: [B, T, I] each → [T, .., G·H, B].
 *
 * The bias is a column of the weights for an input that is always 1: its sum and its gradient cost no pass of their own.
 */
export function inputParts(cell: Cell, weights: CellWeights, sides: readonly Tensor[]): Tensor {
  const { inputWeight, inputBias } = weights;
  const [batch, time, width] = sides[0].shape;
  const lead = inputWeight.shape.slice(0, -2);
  const x = (rows: readonly Tensor[], size: Dim) =>
    reshape(timeFirst(concat(rows, { axis: 2 })), { shape: [time, ...lead, size, batch] });
  if (!inputBias || cell.input) return inputRest(cell, weights, matmul(inputWeight, x(sides, width), {}));
  const one = broadcastTo(constantTensor(1), { shape: [batch, time, 1] });
  const rows = sides.flatMap((side) => [side, one]);
  return matmul(concat([inputWeight, inputBias], { axis: -1 }), x(rows, addDim(width, 1)), {});
}

/** What a cell makes of the products. */
function inputRest(cell: Cell, weights: CellWeights, product: Tensor): Tensor {
  const z = cell.input ? cell.input(weights, product) : product;
  return weights.inputBias ? add(z, weights.inputBias) : z;
}

/**
 * [B, T, D] → [T, D, B], as a matrix turned: for three axes in reverse order ONNX Runtime has no fast kernel.
 */
function timeFirst(x: Tensor): Tensor {
  const [batch, time, width] = x.shape;
  const rows = reshape(x, { shape: [batch, mulDim(time, width)] });
  return reshape(transposeMatrix(rows), { shape: [time, width, batch] });
}
