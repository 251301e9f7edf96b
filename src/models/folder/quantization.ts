import { type Part, Trace } from '../../nn/index.ts';
import { quantizableInputs } from '../../runtime/quantized-graph.ts';
import { type MatrixAxis, QuantizedMatrix, QuantizedWeights } from '../../runtime/quantized-weights.ts';
import type { ModelSetup } from '../families/setup.ts';
import { graphInputs } from '../inputs/input-spec.ts';

/** The element types that a model can be run with, by transformers.js' names. */
export const weightDtypes = ['fp32', 'int8'] as const;

/** The element type of a model's matrices. */
export type WeightDtype = (typeof weightDtypes)[number];

/**
 * Parts of a model that stay float32 though they are matrices: small tables, in which a rounded row is felt by every text.
 * Vectors (norms, biases) stay float32 too, and every matrix with a use that is neither a plain product nor the reading of
 * rows: weights of recurrent cells, of patches, of relative positions.
 */
const float32Parts: ReadonlySet<Part> = new Set(['positions', 'types', 'relative', 'buffer', 'norm', 'bias']);

/** The weights of a model that become int8, and whether a scale is that of a row or of a column: each output has its own. */
export function quantizedAxes({ model }: Pick<ModelSetup, 'model'>): ReadonlyMap<string, MatrixAxis> {
  const trace = new Trace({ isTapped: false });
  const outputs = model.outputs(trace.root, model.run(trace.root, graphInputs(model.inputs)));
  const isQuantized = (name: string): boolean => {
    const parameter = trace.parameters.get(name);
    return parameter !== undefined && !(parameter.part && float32Parts.has(parameter.part));
  };
  return new Map([...quantizableInputs(Object.values(outputs))].filter(([name]) => isQuantized(name)));
}

/**
 * Quantizes the weights of a model one after the other, so that no more than one of those that become int8 is in memory in
 * float32.
 *
 * @param read the numbers of every weight, in the order in which they are read best.
 */
export async function quantizedWeights(
  setup: ModelSetup,
  shapes: ReadonlyMap<string, readonly number[]>,
  read: AsyncIterable<readonly [string, Float32Array]>,
): Promise<QuantizedWeights> {
  const axes = quantizedAxes(setup);
  // In the model's order, whatever that of the files.
  const weights = new Map<string, Float32Array | QuantizedMatrix>(
    [...shapes.keys()].map((name) => [name, new Float32Array()]),
  );
  for await (const [name, numbers] of read) {
    const axis = axes.get(name);
    const [rows, columns] = shapes.get(name) ?? [];
    weights.set(name, axis === undefined ? numbers : QuantizedMatrix.of(numbers, [rows, columns], axis));
  }
  return new QuantizedWeights(weights);
}
