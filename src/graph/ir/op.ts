import { constantTensor } from './constant.ts';
import type { Dim } from './dimension.ts';
import type { Name } from './lowering.ts';
import { type Emitter, type LoopRules, Node, type Op, type StepSum, Tensor } from './node.ts';
import { type ListSample, listSamples, type Sample } from './sample.ts';
import { currentScope } from './scope.ts';
import { ShapeError, showShape } from './shape.ts';
import type { ConcreteSignature, Signature } from './signature.ts';
import type { Value } from './value.ts';

/** A tensor, or a number that becomes a float constant. */
export type TensorLike = Tensor | number;

/** What a gradient rule sees: the inputs by name, output(s) `y`/`ys` and cotangent(s) `g`/`gs`. */
export type VjpContext<N extends string, A> = { readonly [K in N]: Tensor } & {
  readonly y: Tensor;
  readonly ys: readonly Tensor[];
  /** Cotangent of the first output. */
  readonly g: Tensor;
  /** One cotangent per output; null if nothing depends on that output. */
  readonly gs: readonly (Tensor | null)[];
  readonly attributes: A;
};

/** One cotangent per input, in order; null for an input that gets none. `gradient` sums broadcast shapes back. */
export type VjpRule<N extends string, A> = (context: VjpContext<N, A>) => readonly (TensorLike | null)[];

/** Everything the toolkit knows about an op, as its author writes it. */
export interface OpRow<N extends string, A> {
  readonly name: string;
  readonly inputs: readonly N[];
  /** Output signature(s) from those of the inputs; throws `ShapeError` if they do not fit. */
  infer(inputs: { readonly [K in N]: Tensor }, attributes: A): Signature | readonly Signature[];
  /** The definition: float64, plain loops. */
  reference(
    inputs: { readonly [K in N]: Value },
    attributes: A,
    outputs: readonly ConcreteSignature[],
  ): Value | readonly Value[];
  /** The gradient rule, or `'none'` for an op that has no derivative. */
  readonly vjp: VjpRule<N, A> | 'none';
  /** The ONNX nodes of this op; one name per output. */
  lower(emit: Emitter, inputs: readonly Name[], node: Node<A>): Name | readonly Name[];
  /** A cheaper tensor that is equal to the first output, or null. Only for ops with one output. */
  simplify?(node: Node<A>): Tensor | null;
  /** How the op behaves in a loop; absent if nothing is known. */
  readonly loop?: LoopRules<A>;
  /** The number of multiplications, if it does not only grow with the outputs: that of a product. */
  multiplications?(node: Node<A>): Dim;
  /** Inputs of the generated suite that reach every branch. */
  readonly samples: readonly Sample<N, NoInfer<A>>[];
}

type Arguments<N extends readonly string[], A> = [
  ...tensors: { [I in keyof N]: TensorLike },
  ...attributes: void extends A ? [] : [attributes: A],
];

/** An op as user code calls it: tensors first, then its attributes if it has any. */
export interface OpCall<N extends readonly string[], A = void> {
  /** Applies the op; returns its first output. */
  (...args: Arguments<N, A>): Tensor;
  /** Applies the op; returns all outputs. */
  all(...args: Arguments<N, A>): readonly Tensor[];
  readonly op: Op;
}

/** Declares an op from its row, the only place that describes it. */
export function defineOp<N extends readonly string[], A = void>(row: OpRow<N[number], A>): OpCall<N, A> {
  const { name, vjp } = row;
  const rule: Op<A>['vjp'] =
    vjp === 'none'
      ? 'none'
      : (inputs, attributes, ys, gs) =>
          vjp({ ...named(row.inputs, inputs), y: ys[0], ys, g: gs[0], gs, attributes } as VjpContext<N[number], A>).map(
            (cotangent) => (cotangent === null ? null : lift(cotangent)),
          );
  const op: Op<A> = {
    name,
    inputs: row.inputs,
    infer: (inputs, attributes) => list(row.infer(named(row.inputs, inputs), attributes)),
    reference: (inputs, attributes, outputs) => list(row.reference(named(row.inputs, inputs), attributes, outputs)),
    vjp: rule,
    lower: (emit, inputs, node) => list(row.lower(emit, inputs, node)),
    simplify: row.simplify?.bind(row),
    loop: row.loop,
    multiplications: row.multiplications?.bind(row),
    samples: listSamples(row.inputs, row.samples),
  };
  return callable<N, A>(op);
}

/** An op of any number of tensors, as its author writes it; see {@link OpRow}. */
export interface ListOpRow<A> {
  readonly name: string;
  infer(inputs: readonly Tensor[], attributes: A): Signature;
  reference(inputs: readonly Value[], attributes: A, output: ConcreteSignature): Value;
  vjp(context: {
    readonly inputs: readonly Tensor[];
    readonly g: Tensor;
    readonly attributes: A;
  }): readonly (Tensor | null)[];
  lower(emit: Emitter, inputs: readonly Name[], node: Node<A>): Name;
  /** See {@link OpRow.simplify}. */
  simplify?(node: Node<A>): Tensor | null;
  /** See {@link OpRow.loop}. */
  readonly loop?: LoopRules<A>;
  readonly samples: readonly ListSample<A>[];
}

/** An op of any number of tensors as user code calls it. */
export interface ListOpCall<A> {
  (tensors: readonly TensorLike[], attributes: A): Tensor;
  readonly op: Op;
}

/** Declares an op of any number of interchangeable tensors. */
export function defineListOp<A>(row: ListOpRow<A>): ListOpCall<A> {
  const most = Math.max(...row.samples.map(({ inputs }) => inputs.length));
  const op: Op<A> = {
    name: row.name,
    inputs: Array.from({ length: most }, (_, i) => `x${i}`),
    infer: (inputs, attributes) => [row.infer(inputs, attributes)],
    reference: (inputs, attributes, [output]) => [row.reference(inputs, attributes, output)],
    vjp: (inputs, attributes, _, [g]) => (g ? row.vjp({ inputs, g, attributes }) : inputs.map(() => null)),
    lower: (emit, inputs, node) => [row.lower(emit, inputs, node)],
    simplify: row.simplify?.bind(row),
    loop: row.loop,
    samples: row.samples,
  };
  const call = (tensors: readonly TensorLike[], attributes: A): Tensor => {
    if (!Array.isArray(tensors) || tensors.length === 0)
      throw new ShapeError(`${row.name}: expected a list of tensors`);
    return apply(op, tensors.map(lift), attributes)[0];
  };
  return Object.assign(call, { op: op as Op });
}

/** The callable form of an op. */
export function callable<N extends readonly string[], A>(op: Op<A>): OpCall<N, A> {
  const count = op.inputs.length;
  const all = (...args: Arguments<N, A>): readonly Tensor[] => {
    const tensors = args.slice(0, count) as TensorLike[];
    return apply(op, tensors.map(lift), args[count] as A);
  };
  return Object.assign((...args: Arguments<N, A>) => all(...args)[0], { all, op: op as Op });
}

/** Makes a node; returns its outputs. */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  return new Node(op, inputs, attributes, op.infer(inputs, attributes), currentScope()).outputs;
}

/** A tensor unchanged, a number as a constant. */
export const lift = (value: TensorLike): Tensor => (value instanceof Tensor ? value : constantTensor(value));

/** `matmul, a [8, 20], b [768, 768], at encoder.layers.0`: how messages describe a node. */
export const describeNode = (node: Node): string =>
  `${node.op.name}(${node.inputs.map((input) => showShape(input.shape)).join(', ')})${node.scope && ` at ${node.scope}`}`;

function named<N extends string, T>(names: readonly N[], items: readonly T[]): { readonly [K in N]: T } {
  return Object.fromEntries(names.map((name, i) => [name, items[i]])) as { [K in N]: T };
}

function list<T extends object | string>(items: T | readonly T[]): readonly T[] {
  return Array.isArray(items) ? items : [items as T];
}

/** How to compute the sum of a tensor over the steps of a scan at once, or null; see {@link LoopRules.stepSum}. */
export const stepSumOf = ({ node }: Tensor): StepSum | null => node.op.loop?.stepSum?.(node) ?? null;
