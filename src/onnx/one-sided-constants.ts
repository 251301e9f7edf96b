import type { Name } from '../graph/index.ts';
import type { Message } from './proto.ts';

type Nodes = readonly Message[];

const products: ReadonlySet<unknown> = new Set(['Gemm', 'MatMul', 'FusedMatMul']);

/** Whether a product reads its right matrix transposed. */
const isTransposed = ({ attribute }: Message): boolean =>
  ((attribute as Nodes | undefined) ?? []).some(({ name, i }) => name === 'transB' && i === 1);

/** The nodes as `change` makes them, bodies of control flow included. */
function changed(nodes: Nodes, change: (node: Message) => Message): Message[] {
  return nodes.map((node) => {
    const attribute = (node.attribute as Nodes | undefined)?.map((each) => {
      if (!each.g) return each;
      const body = each.g as Message;
      return { ...each, g: { ...body, node: changed(body.node as Nodes, change) } };
    });
    return change(attribute ? { ...node, attribute } : node);
  });
}

/**
 * The same nodes, in which no constant is the right matrix of one product and the transposed right matrix of another: the
 * latter reads a copy. OpenVINO 2026.4 packs a constant once for both, and if it is square one of the results is wrong.
 *
 * @param isConstant whether a value is a constant.
 * @param copy adds a copy of a constant, and returns its name.
 */
export function withOneSidedConstants(
  nodes: Nodes,
  isConstant: (name: Name) => boolean,
  copy: (name: Name) => Name,
): Message[] {
  const plain = new Set<Name>();
  const right = ({ op_type, input }: Message): Name | undefined => {
    const name = products.has(op_type) ? (input as Name[])[1] : undefined;
    return name !== undefined && isConstant(name) ? name : undefined;
  };
  changed(nodes, (node) => {
    const name = right(node);
    if (name !== undefined && !isTransposed(node)) plain.add(name);
    return node;
  });
  const copies = new Map<Name, Name>();
  return changed(nodes, (node) => {
    const name = right(node);
    if (name === undefined || !plain.has(name) || !isTransposed(node)) return node;
    const own = copies.get(name) ?? copy(name);
    copies.set(name, own);
    const [left, , ...others] = node.input as Name[];
    return { ...node, input: [left, own, ...others] };
  });
}
