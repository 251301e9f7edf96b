/** Every op row with every sample, and what the generated suite feeds to it. */
import * as graph from '../../src/graph/index.ts';
import { apply, type Dim, input, type Op, type Tensor, type Value, value } from '../../src/graph/index.ts';
import * as ops from '../../src/ops/index.ts';
import { draw } from './draw.ts';

export interface OpCase {
  readonly name: string;
  readonly op: Op;
  readonly index: number;
  readonly sample: Op['samples'][number];
}

/** An op applied to inputs named as the row names them. */
export interface Traced {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

const hasOp = (exported: unknown): exported is { readonly op: Op } =>
  typeof exported === 'function' && 'op' in exported;

/** Every exported op. */
export const opRows: readonly Op[] = [
  ...new Set(
    [graph, ops].flatMap((room) =>
      Object.values<unknown>(room)
        .filter(hasOp)
        .map(({ op }) => op),
    ),
  ),
];

export const opCases: readonly OpCase[] = opRows.flatMap((op) =>
  op.samples.map((sample, index) => ({ name: `${op.name}, sample ${index}`, op, index, sample })),
);

/** Sizes that stand as a symbol: size → the symbol's name. */
export type Symbols = ReadonlyMap<number, string>;

/** Traces a case; sizes in `symbols` are symbolic, in the inputs and in attributes that hold sizes. */
export function trace({ op, sample }: OpCase, symbols: Symbols = new Map()): Traced {
  const sizeOf = (size: number): Dim => (symbols.has(size) ? graph.dim(symbols.get(size) ?? '') : size);
  const inputs = sample.inputs.map(({ shape, dtype }, i) => input(op.inputs[i], shape.map(sizeOf), dtype));
  return { inputs, outputs: apply(op, inputs, withSizes(sample.attributes, sizeOf)) };
}

/** The keys under which attributes hold sizes. */
const sizeKeys = new Set(['shape', 'size', 'end']);

function withSizes(attributes: unknown, sizeOf: (size: number) => Dim): unknown {
  if (typeof attributes !== 'object' || attributes === null) return attributes;
  const replace = (item: unknown): unknown =>
    Array.isArray(item) ? item.map(replace) : typeof item === 'number' ? sizeOf(item) : item;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, item]) => [key, sizeKeys.has(key) ? replace(item) : item]),
  );
}

/**
 * The sizes of a case that can be symbolic, each tried alone and added to those that were accepted. A size that the op
 * must know (a head's width) is refused by a `ShapeError` when the op or its gradient is traced; it stays a number.
 */
export function possibleSymbols(opCase: OpCase, alsoTrace: (traced: Traced) => unknown): Symbols {
  const sizes = new Set(opCase.sample.inputs.flatMap(({ shape }) => shape).filter((size) => size > 1));
  const accepted = new Map<number, string>();
  for (const size of sizes) {
    accepted.set(size, `n${size}`);
    try {
      alsoTrace(trace(opCase, accepted));
    } catch (error) {
      if (!(error instanceof graph.ShapeError)) throw error;
      accepted.delete(size);
    }
  }
  return accepted;
}

/** The values of a sample's inputs by name; floats are float32 numbers, so that an engine sees the same. */
export function feedsOf({ op, sample, index }: OpCase): Record<string, Value> {
  const next = draw(`${op.name} ${index}`);
  return Object.fromEntries(
    sample.inputs.map(({ shape, dtype = 'float', range = [-1, 1], values }, i) => {
      const count = graph.elementCount(shape);
      const data = values ?? Array.from({ length: count }, () => range[0] + (range[1] - range[0]) * next());
      return [op.inputs[i], value(shape, dtype === 'float' ? Float32Array.from(data) : data, dtype)];
    }),
  );
}
