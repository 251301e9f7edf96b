import type { ReadGraph } from './read-model.ts';

/** The names of the nodes, those of bodies included, on which an output of a graph depends. */
export function neededNodes(graph: ReadGraph, output: string): ReadonlySet<string> {
  const wanted = new Set([output]);
  const needed = new Set<string>();
  addNeeded(graph, wanted, needed);
  return needed;
}

/** Adds the nodes of a graph that make wanted values, and wants what they read. Names of values are unique in a model. */
function addNeeded({ nodes }: ReadGraph, wanted: Set<string>, needed: Set<string>): void {
  for (const { name, type, inputs, outputs, bodies, scanInputs } of nodes.toReversed()) {
    const isWanted = outputs.map((output) => wanted.has(output));
    if (!isWanted.includes(true)) continue;
    needed.add(name);
    if (type !== 'Scan') {
      for (const input of inputs) wanted.add(input);
      for (const body of bodies) addBody(body, isWanted, wanted, needed);
      continue;
    }
    const states = inputs.length - scanInputs;
    for (const body of bodies) {
      // A state that a step reads is one that the step before makes.
      for (let known = -1; known < wanted.size; ) {
        known = wanted.size;
        addBody(body, isWanted, wanted, needed);
        body.inputs.slice(0, states).forEach((state, i) => wanted.has(state) && wanted.add(body.outputs[i]));
      }
      body.inputs.forEach((input, i) => wanted.has(input) && wanted.add(inputs[i]));
    }
  }
}

function addBody(body: ReadGraph, isWanted: readonly boolean[], wanted: Set<string>, needed: Set<string>): void {
  body.outputs.forEach((output, i) => isWanted[i] && wanted.add(output));
  addNeeded(body, wanted, needed);
}
