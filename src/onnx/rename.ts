import type { Message } from './proto.ts';

const renameAll = (names: unknown, to: ReadonlyMap<string, string>): string[] =>
  (names as readonly string[]).map((name) => to.get(name) ?? name);

/** The same nodes with some values renamed, inside control-flow bodies too. */
export function renameValues(nodes: readonly Message[], to: ReadonlyMap<string, string>): Message[] {
  return nodes.map((node) => ({
    ...node,
    input: renameAll(node.input, to),
    output: renameAll(node.output, to),
    attribute: (node.attribute as readonly Message[] | undefined)?.map((attribute) =>
      attribute.g ? { ...attribute, g: renameBody(attribute.g as Message, to) } : attribute,
    ),
  }));
}

/** A body's own outputs keep their names; the outside values that it reads are renamed. */
const renameBody = (body: Message, to: ReadonlyMap<string, string>): Message => ({
  ...body,
  node: renameValues(body.node as readonly Message[], to),
});

/** Names of the values that nodes make. */
export const madeBy = (nodes: readonly Message[]): Set<string> =>
  new Set(nodes.flatMap((node) => node.output as readonly string[]));
