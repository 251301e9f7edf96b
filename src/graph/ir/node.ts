import type { Binding, Dim } from './dimension.ts';
import type { DType } from './dtype.ts';
import type { Name, OnnxEmitter } from './lowering.ts';
import type { ListSample } from './sample.ts';
import { type Shape, showShape } from './shape.ts';
import type { ConcreteSignature, Signature } from './signature.ts';
import type { Value } from './value.ts';

// Tensors, the nodes that make them and the ops that nodes apply name each other, so they share a file.

/** A symbolic tensor: one output of a node. Nothing is computed until a graph is interpreted or lowered and run. */
export class Tensor implements Signature {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;
  constructor(node: Node, index: number, signature: Signature) {
    this.node = node;
    this.index = index;
    this.shape = signature.shape;
    this.dtype = signature.dtype;
  }
  get rank(): number {
    return this.shape.length;
  }
  toString(): string {
    return `${this.dtype} ${showShape(this.shape)}`;
  }
}

/** One application of an op; it holds the op by reference. Nodes are immutable and numbered in the order of tracing. */
export class Node<A = unknown> {
  private static count = 0;
  readonly id: number = Node.count++;
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly scope: string;
  readonly outputs: readonly Tensor[];
  constructor(op: Op<A>, inputs: readonly Tensor[], attributes: A, signatures: readonly Signature[], scope: string) {
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.scope = scope;
    this.outputs = signatures.map((signature, index) => new Tensor(this as Node, index, signature));
  }
}

/** What an op's `lower` may do: see {@link OnnxEmitter}. */
export type Emitter = OnnxEmitter<Tensor>;

/** An op as nodes hold it: its row, with inputs as lists. */
export interface Op<A = unknown> {
  readonly name: string;
  readonly inputs: readonly string[];
  infer(inputs: readonly Tensor[], attributes: A): readonly Signature[];
  reference(
    inputs: readonly Value[],
    attributes: A,
    outputs: readonly ConcreteSignature[],
    binding: Binding,
  ): readonly Value[];
  readonly vjp:
    | ((
        inputs: readonly Tensor[],
        attributes: A,
        ys: readonly Tensor[],
        gs: readonly (Tensor | null)[],
      ) => readonly (Tensor | null)[])
    | 'none';
  /** Absent for a composite that has no native form: its body is lowered instead. */
  readonly lower?: (emit: Emitter, inputs: readonly Name[], node: Node<A>, used: readonly boolean[]) => readonly Name[];
  /** A composite's definition in other ops; absent for a primitive. */
  readonly body?: (inputs: readonly Tensor[], attributes: A) => readonly Tensor[];
  readonly simplify?: (node: Node<A>) => Tensor | null;
  readonly loop?: LoopRules<A>;
  /** The multiplications of a product or a loop; absent for ops whose work is that of their body, or grows only with their outputs. */
  readonly multiplications?: (node: Node<A>) => Dim;
  readonly samples: readonly ListSample<A>[];
}

/** What lets a loop compute an op outside, for all steps at once, or in a cheaper form, and any graph on rows. */
export interface LoopRules<A = unknown> {
  /** How to apply the op to many cases at once; absent if unknown. */
  readonly batching?: Batching<A>;
  /**
   * Whether each row of the last axis depends only on the same rows of the inputs, which may be single numbers, and on
   * inputs of at most one axis, so that rows may be given in any shape. Default false.
   */
  readonly isRowwise?: boolean;
  /**
   * Whether a scan keeps the result for its gradient, because keeping it is cheaper than computing it again. Default
   * false.
   */
  readonly isKept?: boolean;
  /** Absent if results are unbounded. */
  readonly range?: Range;
  /**
   * A cheaper tensor that is equal to the first output, or null; `isFixed` says which inputs are the same in every step.
   * Only for ops with one output.
   */
  fixedForm?(node: Node<A>, isFixed: readonly boolean[]): Tensor | null;
  /** How to compute the sum of results over all steps at once; null or absent if it is added up step by step. */
  stepSum?(node: Node<A>): StepSum | null;
}

/** The sum of an op's results over the steps of a scan, computed once after the scan from the factors of all steps. */
export interface StepSum {
  /** The factors that each step provides. */
  readonly factors: readonly Tensor[];
  /** The sum, from the factors stacked along a new first axis. */
  combine(stacked: readonly Tensor[]): Tensor;
}

/**
 * How to apply an op to many cases, stacked along a new first axis: `broadcast` if leading axes are cases already;
 * otherwise a function from inputs, some of them stacked, to outputs, or to null if it does not know how.
 */
export type Batching<A> =
  | 'broadcast'
  | ((inputs: readonly Tensor[], attributes: A, isStacked: readonly boolean[]) => readonly Tensor[] | null);

/** Bounds of the results: always within [−1, 1], or bounded if all inputs are. */
export type Range = 'unit' | 'asInputs';
