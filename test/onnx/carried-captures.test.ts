/** Loops in the form without captures: for engines that take what a body reads from outside for its inputs. */
import { describe, expect, test } from 'vitest';
import { add, type EngineHabit, gradient, input, mul, scan, type Tensor } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { definedNames, type ReadGraph, type ReadNode, readModel } from '../../src/onnx/read-model.ts';
import { matmul, tanh } from '../../src/ops/index.ts';
import { present, seedsFor } from '../ops/derivative.ts';

/** A recurrent network: its loops have matrices, constants and sizes from outside. */
function recurrentGradient(): Record<string, Tensor> {
  const [h, x, w] = [input('h', ['rows', 3]), input('x', ['steps', 'rows', 3]), input('w', [3, 3])];
  const { outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
    const next = tanh(add(matmul(mul(state, 0.5), w, {}), element));
    return { carries: [next], outputs: [next] };
  });
  const [dw] = present(gradient(outputs, [w], seedsFor('seed', outputs)));
  return { y: outputs[0], dw };
}

/** The values that the nodes of a graph read and nothing in it defines. */
function freeNames(graph: ReadGraph): string[] {
  const own = new Set(definedNames(graph));
  const read = (node: ReadNode): string[] => [
    ...node.inputs,
    ...node.bodies.flatMap(({ nodes }) => nodes.flatMap(read)),
  ];
  return graph.nodes.flatMap(read).filter((name) => name !== '' && !own.has(name));
}

const scansOf = (graph: ReadGraph): ReadNode[] =>
  graph.nodes.flatMap((node) => [...(node.type === 'Scan' ? [node] : []), ...node.bodies.flatMap(scansOf)]);

describe('a recurrent network', () => {
  test('reads values from outside its loops in the usual form, and only constants in the other', () => {
    const free = (...habits: EngineHabit[]) => {
      const { graph } = readModel(lower(recurrentGradient(), {}, { habits: new Set(habits) }).bytes);
      const read = scansOf(graph).flatMap(({ bodies }) => bodies.flatMap(freeNames));
      return read.filter((name) => !graph.initializers.includes(name));
    };
    expect(free().length).toBeGreaterThan(0);
    expect(free('noCaptures')).toEqual([]);
  });

  test('defines every name once, and gives each body as many inputs as its loop', () => {
    const { graph } = readModel(lower(recurrentGradient(), {}, { habits: new Set(['noCaptures']) }).bytes);
    const names = definedNames(graph);
    expect(names.length).toBe(new Set(names).size);
    for (const { inputs, outputs, bodies } of scansOf(graph)) {
      expect(inputs.length).toBe(bodies[0].inputs.length);
      expect(outputs.length).toBe(bodies[0].outputs.length);
    }
  });
});
