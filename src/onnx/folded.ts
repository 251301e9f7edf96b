import type { Message } from './proto.ts';

/**
 * Of `constants`, by name, those that a node reads whose every input is constant: ONNX Runtime computes such a node when
 * it compiles the model, and must find their numbers in it. Bodies of control flow are searched too.
 */
export function foldedValues(nodes: readonly Message[], constants: ReadonlySet<string>): Set<string> {
  const folded = new Set<string>();
  const visit = (node: Message): void => {
    const inputs = (node.input as readonly string[]).filter((name) => name !== '');
    if (inputs.every((name) => constants.has(name))) for (const name of inputs) folded.add(name);
    for (const { g } of (node.attribute as readonly Message[] | undefined) ?? []) {
      if (g) for (const inner of (g as Message).node as readonly Message[]) visit(inner);
    }
  };
  for (const node of nodes) visit(node);
  return folded;
}
