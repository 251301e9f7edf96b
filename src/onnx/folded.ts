import type { Message } from './proto.ts';

/**
 * Of `constants`, by name, those that a node reads whose every input is constant, or computed of constants alone: ONNX
 * Runtime computes such a node when it compiles the model, and must find their numbers in it. Bodies of control flow are
 * searched too.
 */
export function foldedValues(nodes: readonly Message[], constants: ReadonlySet<string>): Set<string> {
  const known = new Set(constants);
  const folded = new Set<string>();
  const visit = (node: Message): void => {
    const inputs = (node.input as readonly string[]).filter((name) => name !== '');
    const bodies = ((node.attribute as readonly Message[] | undefined) ?? []).flatMap(({ g }) =>
      g ? [g as Message] : [],
    );
    for (const body of bodies) for (const inner of body.node as readonly Message[]) visit(inner);
    if (bodies.length || !inputs.every((name) => known.has(name))) return;
    for (const name of inputs) if (constants.has(name)) folded.add(name);
    for (const name of node.output as readonly string[]) known.add(name);
  };
  for (const node of nodes) visit(node);
  return folded;
}
