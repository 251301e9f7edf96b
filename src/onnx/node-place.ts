import { neededNodes } from './needed-node.ts';
import { type ReadGraph, readModel } from './read-model.ts';

/** Where a node of a model comes from. */
export interface NodePlace {
  /** The path of its layer, as `lower` names nodes; empty if it has none. */
  readonly path: string;
  /** Whether the output that was asked for depends on it. */
  readonly isNeeded: boolean;
  /** Whether it turns random bytes into a mask. */
  readonly isRandom: boolean;
}

/** `bert.encoder.layer.0/Gemm_12` → `bert.encoder.layer.0`; a copy for a body's output is named after what it copies. */
const pathOf = (name: string): string => /^(.*)\/[A-Z][A-Za-z0-9]*_\d+(\/out_\d+)?$/.exec(name)?.[1] ?? '';

/** What a model that `lower` gave calls a node without a layer. */
const noPath = 'graph';

/** The places of all nodes of a model, those of bodies included, by their names in order. */
export function nodePlaces(bytes: Uint8Array, output: string): ReadonlyMap<string, NodePlace> {
  const { graph } = readModel(bytes);
  const needed = neededNodes(graph, output);
  const random = new Set<string>();
  const values = new Set(graph.inputs.filter((name) => name.startsWith('random/')));
  const places = new Map<string, NodePlace>();
  addRandom(graph, values, random);
  const add = ({ nodes }: ReadGraph): void => {
    for (const { name, bodies } of nodes) {
      const path = pathOf(name);
      const isKnown = path !== noPath;
      places.set(name, { path: isKnown ? path : '', isNeeded: needed.has(name), isRandom: random.has(name) });
      for (const body of bodies) add(body);
    }
  };
  add(graph);
  return places;
}

/** The operators between random bytes and the numbers that a product takes. */
const maskOps: ReadonlySet<string> = new Set(
  'Less Cast Reshape Transpose Slice Split Squeeze Unsqueeze Expand Gather ReverseSequence'.split(' '),
);

function addRandom({ nodes }: ReadGraph, values: Set<string>, random: Set<string>): void {
  for (const { name, type, inputs, outputs, bodies } of nodes) {
    for (const body of bodies) {
      body.inputs.forEach((input, i) => values.has(inputs[i]) && values.add(input));
      addRandom(body, values, random);
    }
    if (!maskOps.has(type) || !inputs.some((input) => values.has(input))) continue;
    random.add(name);
    for (const made of outputs) values.add(made);
  }
}
