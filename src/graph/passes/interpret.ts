import { bindShapes } from '../ir/binding.ts';
import { freshInputs, inputName } from '../ir/constant.ts';
import type { Binding } from '../ir/dimension.ts';
import type { Tensor } from '../ir/node.ts';
import { describeNode } from '../ir/op.ts';
import { showShape } from '../ir/shape.ts';
import { concrete } from '../ir/signature.ts';
import { topological } from '../ir/topological.ts';
import type { Value } from '../ir/value.ts';
import type { Each } from './each.ts';

/**
 * Computes `outputs` in float64 with plain loops, which define what every op means. Meant for small sizes.
 *
 * `feeds`: a value for every input by name.
 * @throws {ShapeError} when the feeds disagree with the inputs' shapes.
 */
export function interpret<const O extends readonly Tensor[]>(
  outputs: O,
  feeds: Readonly<Record<string, Value>>,
): Each<O, Value> {
  const inputs = new Map<string, Tensor>();
  for (const { outputs: made } of topological(outputs)) {
    const name = made[0] && inputName(made[0]);
    if (name !== null && name !== undefined) inputs.set(name, made[0]);
  }
  const shapes = new Map(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
  const binding = bindShapes(inputs, shapes);
  const given = new Map([...inputs].map(([name, tensor]) => [tensor, feeds[name]]));
  return evaluate(outputs, given, binding) as Each<O, Value>;
}

/** Evaluates with some tensors given and every symbol bound. */
export function evaluate(outputs: readonly Tensor[], given: ReadonlyMap<Tensor, Value>, binding: Binding): Value[] {
  const values = new Map<Tensor, Value>(given);
  const found = (tensor: Tensor): Value => {
    const known = values.get(tensor);
    if (!known) throw new Error(`interpret: ${describeNode(tensor.node)} has no value`);
    return known;
  };
  for (const node of topological(outputs, given)) {
    const args = node.inputs.map(found);
    const { op, attributes } = node;
    let results: readonly Value[];
    if (op.body) {
      const fresh = freshInputs(node.inputs);
      results = evaluate(op.body(fresh, attributes), new Map(fresh.map((tensor, i) => [tensor, args[i]])), binding);
    } else {
      results = op.reference(
        args,
        attributes,
        node.outputs.map((output) => concrete(output, binding)),
        binding,
      );
    }
    node.outputs.forEach((output, i) => values.set(output, results[i]));
  }
  return outputs.map(found);
}

/** A value as text: its type, its shape and its rows. */
export function showValue({ shape, dtype, data }: Value, digits = 4): string {
  const show = (at: number, axis: number, stride: number): string => {
    if (axis === shape.length) return Number(data[at].toFixed(digits)).toString();
    const step = stride / shape[axis];
    const items = Array.from({ length: shape[axis] }, (_, i) => show(at + i * step, axis + 1, step));
    return `[${items.join(axis === shape.length - 1 ? ', ' : `,\n${' '.repeat(axis + 1)}`)}]`;
  };
  return `${dtype} ${showShape(shape)}\n${show(0, 0, data.length)}`;
}
