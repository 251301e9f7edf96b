import { add, broadcastTo, constantTensor, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import { concat, matmul, matmulAdd, transpose, transposeMatrix } from '../../ops/index.ts';
import type { Cell, CellWeights } from '../cells/cell.ts';

/** What the input adds to the gates in one step. `x`: [I, B] → [G·H, B]. */
export function inputPart(cell: Cell, weights: CellWeights, x: Tensor): Tensor {
  const { inputWeight, inputBias } = weights;
  if (inputBias && !cell.input) return matmulAdd(inputWeight, x, inputBias);
  return inputRest(cell, weights, matmul(inputWeight, x, {}));
}

/**
 * The same for all steps, of sequences that are read in parallel. `sides`: [B, T, I] each → [T, .., G·H, B].
 *
 * The bias is a column of the weights for an input that is always 1, so its sum and its gradient need no extra pass.
 */
export function inputParts(cell: Cell, weights: CellWeights, sides: readonly Tensor[], isTraining: boolean): Tensor {
  const { inputWeight, inputBias } = weights;
  const products = isTraining ? productsByStep : productsAtOnce;
  if (!inputBias || cell.input) return inputRest(cell, weights, products(inputWeight, sides));
  const one = broadcastTo(constantTensor(1), { shape: [...sides[0].shape.slice(0, 2), 1] });
  const withOne = sides.map((side) => concat([side, one], { axis: 2 }));
  return products(concat([inputWeight, inputBias], { axis: -1 }), withOne);
}

/**
 * One product per step, in the loop's own layout: with the many rows of a training batch as fast as a single product,
 * and neither the products nor their gradients need a transpose. `weight`: [.., N, I], `sides`: [B, T, I] each → [T,
 * .., N, B].
 */
function productsByStep(weight: Tensor, sides: readonly Tensor[]): Tensor {
  const [batch, time, width] = sides[0].shape;
  const lead = weight.shape.slice(0, -2);
  const x = timeFirst(concat(sides, { axis: 2 }));
  return matmul(weight, reshape(x, { shape: [time, ...lead, width, batch] }), {});
}

/** The same as one product over all tokens, for the few rows of inference. */
function productsAtOnce(weight: Tensor, sides: readonly Tensor[]): Tensor {
  const [batch, time, width] = sides[0].shape;
  const [rows, ...lead] = [weight.shape[weight.rank - 2], ...weight.shape.slice(0, -2)];
  const x = swapFirstTwo(timeFirst(concat(sides, { axis: 2 })));
  const columns = reshape(x, { shape: [...lead, width, mulDim(time, batch)] });
  const product = matmul(weight, columns, {});
  const all = reshape(product, { shape: [lead.reduce(mulDim, rows), time, batch] });
  return reshape(swapFirstTwo(all), { shape: [time, ...lead, rows, batch] });
}

/** [M, N, B] → [N, M, B] */
const swapFirstTwo = (x: Tensor): Tensor => transpose(x, { permutation: [1, 0, 2] });

/** What a cell computes from the products. */
function inputRest(cell: Cell, weights: CellWeights, product: Tensor): Tensor {
  const z = cell.input ? cell.input(weights, product) : product;
  return weights.inputBias ? add(z, weights.inputBias) : z;
}

/**
 * [B, T, D] → [T, D, B], as a matrix transpose: ONNX Runtime has no fast kernel that reverses three axes.
 */
function timeFirst(x: Tensor): Tensor {
  const [batch, time, width] = x.shape;
  const rows = reshape(x, { shape: [batch, mulDim(time, width)] });
  return reshape(transposeMatrix(rows), { shape: [time, width, batch] });
}
