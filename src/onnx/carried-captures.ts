import type { Name, OnnxType, Shape } from '../graph/index.ts';
import type { Message } from './proto.ts';
import { madeBy, renameValues } from './rename.ts';

/** The type of a value. */
export interface ValueType {
  readonly dtype: OnnxType;
  readonly shape: Shape;
}

type Nodes = readonly Message[];
type Attributes = readonly Message[];

const namesOf = (messages: unknown): Name[] => (messages as readonly { name: Name }[]).map(({ name }) => name);

/** The values from outside that nodes read, bodies of control flow included, in order. */
function freeNames(nodes: Nodes, inner: ReadonlySet<Name>): Set<Name> {
  const own = new Set([...inner, ...madeBy(nodes)]);
  const free = new Set<Name>();
  for (const { input, attribute } of nodes) {
    const bodies = ((attribute as Attributes | undefined) ?? []).flatMap(({ g }) => (g ? [g as Message] : []));
    const deeper = bodies.flatMap((body) => [...freeNames(body.node as Nodes, new Set(namesOf(body.input)))]);
    for (const name of [...(input as Name[]), ...deeper]) if (name !== '' && !own.has(name)) free.add(name);
  }
  return free;
}

/**
 * The same nodes, in which no body of a `Scan` reads values from outside: what it would read is a state that every step
 * returns unchanged. Some plugins refuse loops of ONNX's usual form. Constants are read as before, because operators such
 * as `Unsqueeze` need them as constants.
 *
 * @param typeOf the type of a value that a body reads; undefined for one that it may read all the same: a constant.
 * @param valueInfo a value with its type, as a body declares its inputs.
 */
export function withCarriedCaptures(
  nodes: Nodes,
  typeOf: (name: Name) => ValueType | undefined,
  valueInfo: (name: Name, type: ValueType) => Message,
): Message[] {
  return nodes.map((node) => {
    const attributes = ((node.attribute as Attributes | undefined) ?? []).map((attribute) => {
      if (!attribute.g) return attribute;
      const body = attribute.g as Message;
      return { ...attribute, g: { ...body, node: withCarriedCaptures(body.node as Nodes, typeOf, valueInfo) } };
    });
    const inside = { ...node, attribute: attributes };
    return node.op_type === 'Scan' ? withoutCaptures(inside, typeOf, valueInfo) : inside;
  });
}

function withoutCaptures(
  node: Message,
  typeOf: (name: Name) => ValueType | undefined,
  valueInfo: (name: Name, type: ValueType) => Message,
): Message {
  const attributes = node.attribute as Attributes;
  const attributeOf = (name: string) => attributes.find((attribute) => attribute.name === name);
  const body = attributeOf('body')?.g as Message;
  const elements = Number(attributeOf('num_scan_inputs')?.i);
  const bodyInputs = body.input as Message[];
  const types = new Map(
    [...freeNames(body.node as Nodes, new Set(namesOf(bodyInputs)))].flatMap((name) => {
      const type = typeOf(name);
      return type ? [[name, type] as const] : [];
    }),
  );
  const captured = [...types.keys()];
  if (captured.length === 0) return node;
  const states = bodyInputs.length - elements;
  const before = new Map(captured.map((name) => [name, `${body.name}/${name}`]));
  const after = (name: Name) => `${before.get(name)}/next`;
  const copies = captured.map((name) => ({
    input: [before.get(name)],
    output: [after(name)],
    name: after(name),
    op_type: 'Identity',
  }));
  /** `list` with `added` after its states. */
  const withStates = <T>(list: readonly T[], added: readonly T[]): T[] => [
    ...list.slice(0, states),
    ...added,
    ...list.slice(states),
  ];
  const carried = {
    ...body,
    node: [...renameValues(body.node as Nodes, before), ...copies] as Message[],
    input: withStates(
      bodyInputs,
      [...types].map(([name, type]) => valueInfo(`${before.get(name)}`, type)),
    ),
    output: withStates(
      body.output as Message[],
      [...types].map(([name, type]) => valueInfo(after(name), type)),
    ),
  };
  return {
    ...node,
    input: withStates(node.input as Name[], captured),
    output: withStates(
      node.output as Name[],
      captured.map((name) => `${body.name}/${name}/last`),
    ),
    attribute: attributes.map((attribute) => (attribute.name === 'body' ? { ...attribute, g: carried } : attribute)),
  };
}
