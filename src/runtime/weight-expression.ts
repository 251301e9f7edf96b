/** What a graph computes of weights alone, such as the weights of both directions of an LSTM side by side. */
import { inputName, type Node, type Tensor, topological } from '../graph/index.ts';

/**
 * The tensors that follow from weights and constants alone, and that `outputs` or what depends on other inputs read: of
 * these the float tensors that depend on a held weight.
 */
export function weightExpressions(
  outputs: readonly Tensor[],
  isWeight: (name: string) => boolean,
  isHeld: (name: string) => boolean,
): Tensor[] {
  /** Nodes that follow from weights and constants alone, and whether they read a held one. */
  const known = new Map<Node, boolean>();
  const order = topological(outputs);
  for (const node of order) {
    const name = inputName(node.outputs[0]);
    if (name !== null && !isWeight(name)) continue;
    if (name !== null) known.set(node, isHeld(name));
    else if (node.inputs.every((input) => known.has(input.node)) && isPlain(node)) {
      known.set(
        node,
        node.inputs.some((input) => known.get(input.node)),
      );
    }
  }
  const read = [...order.flatMap((node) => (known.has(node) ? [] : node.inputs)), ...outputs];
  const isExpression = (tensor: Tensor) =>
    known.get(tensor.node) === true && inputName(tensor) === null && tensor.dtype === 'float';
  return [...new Set(read.filter(isExpression))];
}

/** Whether a node's sizes are numbers and its attributes data, so that its text says what it computes. */
const isPlain = ({ outputs, attributes }: Node): boolean =>
  outputs.every(({ shape }) => shape.every((size) => typeof size === 'number')) && isData(attributes);

const isData = (value: unknown): boolean =>
  typeof value !== 'object' || value === null
    ? typeof value !== 'function'
    : value instanceof Float64Array ||
      ((Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) &&
        Object.values(value).every(isData));

/** Numbers expressions, equal ones alike, whichever graph they are in. */
export class ExpressionNumbers {
  readonly #byText = new Map<string, number>();

  /** The numbers of tensors that {@link weightExpressions} gave. */
  of(tensors: readonly Tensor[]): number[] {
    const own = new Map<Node, number>();
    const numberOf = (text: string): number => {
      const number = this.#byText.get(text) ?? this.#byText.size;
      this.#byText.set(text, number);
      return number;
    };
    const textOf = ({ node, index }: Tensor): string => `${own.get(node)}.${index}`;
    for (const node of topological(tensors)) {
      const attributes = JSON.stringify(node.attributes, withNumbers);
      own.set(node, numberOf(`${node.op.name}(${node.inputs.map(textOf)}) ${attributes}`));
    }
    return tensors.map((tensor) => numberOf(textOf(tensor)));
  }
}

/** Numbers that JSON has none of, and the elements of constants, as text. */
const withNumbers = (_: string, value: unknown): unknown =>
  value instanceof Float64Array
    ? Array.from(value, numberText).join()
    : typeof value === 'number'
      ? numberText(value)
      : value;

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
