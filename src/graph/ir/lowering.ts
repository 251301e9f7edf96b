import type { OnnxType } from './dtype.ts';
import type { Shape } from './shape.ts';

/** A value's name in the ONNX graph under construction. */
export type Name = string;

/** A body of a control-flow operator (`Scan`, `Loop`, `If`), made by `OnnxEmitter.subgraph`. */
export interface Subgraph {
  readonly subgraph: unknown;
  /** The types of its outputs, in order. */
  readonly dtypes: readonly OnnxType[];
}

/** A whole number becomes INT, a list INTS, a string STRING; a float is marked: `{ float: 0.5 }`. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number } | Subgraph;

/**
 * What some engines do in another way than ONNX Runtime's own kernels, so that graphs are lowered in another form for
 * them, or fed in another.
 */
export const engineHabits = {
  noCaptures:
    'The body of a loop must read nothing from outside but constants. What it would read becomes a state that every step returns unchanged.',
  copiesStates:
    'A loop copies its states in every step. The loss over a vocabulary is no loop: the logits of all rows exist at once.',
  movesLoopResults:
    'A product whose shapes stay the same reads the result of a loop from where it was in an earlier run (OpenVINO 2026.4.1). Every result of a loop is copied first.',
  packsOnce:
    'A constant matrix is packed once, for the first product that reads it. A square one that products read in both orientations is stored twice.',
  roundsToBf16:
    'In bfloat16, products and sums are rounded that must not be. Those are written in forms that stay in float32.',
  keepsTail:
    'In bfloat16, what lies between the last product and a result stays in float32. Gradients of biases inside a block are products instead of sums.',
  noRowScales:
    'QuantizeLinear gives an empty result for a scale per row if the number of rows is a symbol. Rows are divided by their scales before.',
  readsTransposed:
    'A product with a transposed left matrix is as fast as any other. The matrix is not transposed first.',
  preparesShapes:
    'For every new shape of its inputs a program prepares its nodes anew, and keeps that. Batches are padded so that they have few shapes.',
} as const satisfies Readonly<Record<string, string>>;

/** A habit by its name. */
export type EngineHabit = keyof typeof engineHabits;

/**
 * What an op's `lower` can do: emit ONNX nodes into the graph under construction.
 *
 * `T` is a tensor of the graph. Called as a function it emits one node and returns its first output. `type` is the
 * operator's name, preceded by its domain unless that is ONNX's own: `Gemm`, `com.microsoft.FusedMatMul`.
 */
export interface OnnxEmitter<T> {
  (type: string, inputs: readonly Name[], attributes?: Readonly<Record<string, OnnxAttribute>>): Name;
  /** A node with several outputs. An empty input name stands for an absent optional input. */
  many(
    type: string,
    inputs: readonly Name[],
    outputs: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): Name[];
  /** The value as another type. */
  cast(value: Name, dtype: OnnxType): Name;
  /** A constant tensor; a scalar when `shape` is absent and one number is given. */
  constant(data: number | ArrayLike<number>, dtype: OnnxType, shape?: readonly number[]): Name;
  /** An int64 vector with the sizes of `shape`, computed from the graph's inputs where they are symbolic. */
  shape(shape: Shape): Name;
  /** Emits a graph in which some tensors already have names; returns the names of `outputs`. */
  graph(outputs: readonly T[], given: ReadonlyMap<T, Name>): Name[];
  /**
   * A body with inputs of the given types; `trace` emits its nodes and returns its outputs. It may use names from
   * outside.
   */
  subgraph(inputs: readonly SubgraphValue[], trace: (inputs: Name[]) => readonly SubgraphValue[]): Subgraph;
  /** Whether the engine has an operator, named as for a call, exact to float32. An op that emits another one then asks. */
  has(type: string): boolean;
  /** The engine's habits. An op that emits `Scan` has its captures turned into states if they must be. */
  readonly habits: ReadonlySet<EngineHabit>;
}

/** An input or output of a body. Its sizes let the engine compute in place. */
export interface SubgraphValue {
  readonly name: Name;
  readonly dtype: OnnxType;
  readonly shape: Shape;
}
