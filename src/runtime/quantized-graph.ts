/** Products with quantized weights in place of those with float ones: a pass over the graph of any model. */
import {
  add,
  atScope,
  gather,
  input,
  inputName,
  mul,
  type Node,
  type Op,
  rebuilt,
  reshape,
  rewrite,
  type Tensor,
  topological,
} from '../graph/index.ts';
import type { Initializer } from '../onnx/index.ts';
import { affine, cast, embedding, matmul, quantizedMatmul, quantizeRows } from '../ops/index.ts';
import type { MatrixAxis, QuantizedMatrix, QuantizedWeights } from './quantized-weights.ts';

/** The inputs of a graph that hold a quantized weight, made when they are read. */
interface WeightInputs {
  /** As a right factor, int8 [I, O]. */
  readonly factor: Tensor;
  /** As a table, int8 [V, D]. */
  readonly table: Tensor;
  /** One number for each output, or each row of the table. */
  readonly scale: Tensor;
}

/** An op that can read a quantized weight. */
interface WeightUse {
  readonly op: Op;
  /** Which of the op's inputs is the weight. */
  readonly place: number;
  /** Which of the inputs is added to the result, if any. */
  readonly addend?: number;
  /** What has a scale, the weight's rows or its columns; null if this use is not of the kind. */
  axis(node: Node): MatrixAxis | null;
  /** The result without the addend, from the op's inputs. */
  quantized(inputs: readonly Tensor[], weight: WeightInputs, node: Node): Tensor;
}

function product(x: Tensor, { factor, scale }: WeightInputs): Tensor {
  const [bytes, ofRows] = quantizeRows.all(x);
  return quantizedMatmul(bytes, ofRows, factor, scale);
}

function rowsOf({ table, scale }: WeightInputs, ids: Tensor): Tensor {
  const rows = cast(gather(table, ids), { dtype: 'float' });
  return mul(rows, reshape(gather(scale, ids), { shape: [...ids.shape, 1] }));
}

/** The uses in which a row of the result depends on one scale: plain products with a matrix, and rows of a table. */
const uses: readonly WeightUse[] = [
  {
    op: affine.op,
    place: 1,
    addend: 2,
    axis: () => 0,
    quantized: ([x], weight) => product(x, weight),
  },
  {
    op: matmul.op,
    place: 1,
    axis: ({ inputs: [a], attributes }) => {
      const { transposeA, transposeB } = attributes as Parameters<typeof matmul>[2];
      return a.rank === 2 && !transposeA ? (transposeB ? 0 : 1) : null;
    },
    quantized: ([x], weight, { attributes }) => {
      const { alpha = 1 } = attributes as Parameters<typeof matmul>[2];
      const y = product(x, weight);
      return alpha === 1 ? y : mul(y, alpha);
    },
  },
  { op: gather.op, place: 0, axis: () => 0, quantized: ([, ids], weight) => rowsOf(weight, ids) },
  { op: embedding.op, place: 0, axis: () => 0, quantized: ([, ids], weight) => rowsOf(weight, ids) },
];

/** Whether a tensor holds a weight of zeros, such as the bias of BART's logits: not worth a pass over all of them. */
function isZero(tensor: Tensor, weights: QuantizedWeights): boolean {
  if (tensor.node.op === reshape.op) return isZero(tensor.node.inputs[0], weights);
  const name = inputName(tensor);
  return name !== null && (weights.get(name)?.every((x) => x === 0) ?? false);
}

const useOf = (node: Node, place: number): WeightUse | undefined =>
  uses.find((use) => use.op === node.op && use.place === place);

/** The inputs of a graph that could be quantized: every use of such a matrix is a product or a row with the same axis. */
export function quantizableInputs(outputs: readonly Tensor[]): ReadonlyMap<string, MatrixAxis> {
  const found = new Map<string, MatrixAxis | null>();
  for (const node of topological(outputs)) {
    for (const [place, tensor] of node.inputs.entries()) {
      const name = inputName(tensor);
      if (name === null) continue;
      const axis = tensor.rank === 2 && tensor.dtype === 'float' ? (useOf(node, place)?.axis(node) ?? null) : null;
      found.set(name, found.has(name) && found.get(name) !== axis ? null : axis);
    }
  }
  for (const output of outputs) found.delete(inputName(output) ?? '');
  return new Map([...found].filter((one): one is [string, MatrixAxis] => one[1] !== null));
}

/** A graph, and the numbers of the inputs that hold its quantized weights. */
export interface QuantizedGraph {
  readonly outputs: readonly Tensor[];
  readonly values: Readonly<Record<string, Initializer>>;
}

/**
 * A graph that reads weights as they are quantized, where a product or a table does; elsewhere it reads their numbers in
 * float32.
 */
export function quantizedGraph(outputs: readonly Tensor[], weights: QuantizedWeights): QuantizedGraph {
  const inputs = new Map<string, Tensor>();
  const values: Record<string, Initializer> = {};
  const hold = (name: string, value: Initializer): Tensor => {
    const made = inputs.get(name) ?? input(name, value.shape, value.data instanceof Int8Array ? 'int8' : 'float');
    inputs.set(name, made);
    values[name] = value;
    return made;
  };
  const heldOf = (name: string, matrix: QuantizedMatrix): WeightInputs => ({
    get factor() {
      return hold(`${name}:factor`, matrix.axis === 0 ? matrix.transposed() : matrix);
    },
    get table() {
      return hold(`${name}:table`, matrix);
    },
    get scale() {
      return hold(`${name}:scale`, { shape: [matrix.scale.length], data: matrix.scale });
    },
  });
  const visit = (node: Node, given: readonly Tensor[]): readonly Tensor[] => {
    for (const [place, tensor] of node.inputs.entries()) {
      const name = inputName(tensor);
      const matrix = name === null ? undefined : weights.matrix(name);
      const use = matrix && useOf(node, place);
      if (name === null || !use || use.axis(node) !== matrix.axis) continue;
      return [
        atScope(node.scope, () => {
          const y = use.quantized(given, heldOf(name, matrix), node);
          const addend = use.addend === undefined ? undefined : given[use.addend];
          return addend && !isZero(addend, weights) ? add(y, addend) : y;
        }),
      ];
    }
    return rebuilt(node, given);
  };
  return { outputs: rewrite(outputs, visit), values };
}
