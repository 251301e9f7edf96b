import { freshInputs } from './ir/constant.ts';
import type { Name } from './ir/lowering.ts';
import type { Emitter, LoopRules, Node, Op, Tensor } from './ir/node.ts';
import { callable, lift, type OpCall, type OpRow, type TensorLike, type VjpRule } from './ir/op.ts';
import { listSamples } from './ir/sample.ts';
import { gradient } from './passes/gradient.ts';
import { substitute } from './passes/substitute.ts';

/** An op whose definition is a graph of other ops; the native form and the cheaper gradient are optional. */
export interface CompositeRow<N extends string, A> {
  readonly name: string;
  readonly inputs: readonly N[];
  /** The definition. Outputs beyond the first `outputs` are auxiliary: only `vjp` reads them. */
  body(inputs: { readonly [K in N]: Tensor }, attributes: A): Tensor | readonly Tensor[];
  /** Number of results (1); the outputs after them are auxiliary. */
  readonly outputs?: number;
  /** A cheaper gradient, used only while no auxiliary output has a cotangent; otherwise the gradient is the body's. */
  readonly vjp?: VjpRule<N, A>;
  /** Native ONNX nodes; the body is lowered when absent. `used[i]` says whether output i is read. */
  lower?(emit: Emitter, inputs: readonly Name[], node: Node<A>, used: readonly boolean[]): Name | readonly Name[];
  /** See {@link OpRow.loop}; a composite is always kept. */
  readonly loop?: Pick<LoopRules<A>, 'batching' | 'isRowwise'>;
  readonly samples: OpRow<N, A>['samples'];
}

/** Declares a composite from its row. */
export function defineComposite<N extends readonly string[], A = void>(row: CompositeRow<N[number], A>): OpCall<N, A> {
  const body = (inputs: readonly Tensor[], attributes: A): readonly Tensor[] => {
    const named = Object.fromEntries(row.inputs.map((name, i) => [name, inputs[i]]));
    const result = row.body(named as { [K in N[number]]: Tensor }, attributes);
    return Array.isArray(result) ? result : [result as Tensor];
  };
  const { vjp, lower, outputs = 1 } = row;
  const op: Op<A> = {
    name: row.name,
    inputs: row.inputs,
    infer: (inputs, attributes) => body(freshInputs(inputs), attributes),
    reference: () => {
      throw new Error(`${row.name}: a composite is interpreted by its body`);
    },
    vjp: (inputs, attributes, ys, gs) => {
      const auxiliaryUsed = gs.slice(outputs).some((g) => g !== null);
      if (!vjp || auxiliaryUsed) return bodyGradient(body, inputs, attributes, gs);
      const named = Object.fromEntries(row.inputs.map((name, i) => [name, inputs[i]]));
      const context = { ...named, y: ys[0], ys, g: gs[0], gs, attributes };
      return vjp(context as Parameters<typeof vjp>[0]).map((g: TensorLike | null) => (g === null ? null : lift(g)));
    },
    lower: lower && ((emit, inputs, node, used) => asList(lower(emit, inputs, node, used))),
    body,
    loop: { ...row.loop, isKept: true },
    samples: listSamples(row.inputs, row.samples),
  };
  return callable<N, A>(op);
}

/**
 * The gradient of a body: traced on fresh inputs, differentiated there, then substituted. Differentiating the body in
 * place would continue beyond its inputs where these depend on each other.
 */
function bodyGradient<A>(
  body: (inputs: readonly Tensor[], attributes: A) => readonly Tensor[],
  inputs: readonly Tensor[],
  attributes: A,
  gs: readonly (Tensor | null)[],
): readonly (Tensor | null)[] {
  const fresh = freshInputs(inputs);
  const seeds = gs.map((g) => (g === null ? null : freshInputs([g])[0]));
  const results = body(fresh, attributes);
  const grads = gradient(results, fresh, seeds);
  const places = new Map<Tensor, Tensor>(fresh.map((tensor, i) => [tensor, inputs[i]]));
  seeds.forEach((seed, i) => {
    const g = gs[i];
    if (seed && g) places.set(seed, g);
  });
  const kept = grads.filter((g): g is Tensor => g !== null);
  const placed = substitute(kept, places);
  let next = 0;
  return grads.map((g) => (g === null ? null : placed[next++]));
}

const asList = (names: Name | readonly Name[]): readonly Name[] => (typeof names === 'string' ? [names] : names);
