/** Loops in the form without captures: for engines that take what a body reads from outside for its inputs. */
import { describe, expect, test } from 'vitest';
import { add, type EngineHabit, gradient, input, interpret, mul, scan, type Tensor } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { definedNames, type ReadGraph, type ReadNode, readModel } from '../../src/onnx/read-model.ts';
import { linearCrossEntropy, matmul, tanh } from '../../src/ops/index.ts';
import { present, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { habitBackend, runLowered } from '../ops/engine.ts';
import { feedsOf, opCases, trace } from '../ops/op-case.ts';
import { expectClose, tolerance } from '../ops/tolerance.ts';

/** A recurrent network: its weights are the same in every step. */
function recurrentGradient(): Record<string, Tensor> {
  const [h, x, w] = [input('h', ['rows', 3]), input('x', ['steps', 'rows', 3]), input('w', [3, 3])];
  const { outputs } = scan({ carries: [h], sequences: [x] }, ([state], [element]) => {
    const next = tanh(add(matmul(mul(state, 0.5), w, {}), element));
    return { carries: [next], outputs: [next] };
  });
  const [dw] = present(gradient(outputs, [w], seedsFor('seed', outputs)));
  return { y: outputs[0], dw };
}

/** The loss of logits: its loop has matrices, constants and sizes from outside. */
function lossGradient(labelSmoothing: number): Record<string, Tensor> {
  const [x, w, b] = [input('x', ['chunks', 4, 3]), input('w', [5, 3]), input('b', [5])];
  const loss = linearCrossEntropy(x, w, b, input('labels', ['chunks', 4], 'int32'), input('scale', []), {
    labelSmoothing,
  });
  const [dx, dw, db] = present(gradient(loss, [x, w, b]));
  return { loss, dx, dw, db };
}

const graphs: Readonly<Record<string, () => Record<string, Tensor>>> = {
  'a recurrent network': recurrentGradient,
  'the loss of logits': () => lossGradient(0),
  'the loss of logits with smoothed labels': () => lossGradient(0.1),
};

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

describe.each(Object.entries(graphs))('%s', (_, make) => {
  test('reads values from outside its loops in the usual form, and only constants in the other', () => {
    const free = (...habits: EngineHabit[]) => {
      const { graph } = readModel(lower(make(), {}, { habits: new Set(habits) }).bytes);
      const read = scansOf(graph).flatMap(({ bodies }) => bodies.flatMap(freeNames));
      return read.filter((name) => !graph.initializers.includes(name));
    };
    expect(free().length).toBeGreaterThan(0);
    expect(free('noCaptures')).toEqual([]);
  });

  test('defines every name once, and gives each body as many inputs as its loop', () => {
    const { graph } = readModel(lower(make(), {}, { habits: new Set(['noCaptures']) }).bytes);
    const names = definedNames(graph);
    expect(names.length).toBe(new Set(names).size);
    for (const { inputs, outputs, bodies } of scansOf(graph)) {
      expect(inputs.length).toBe(bodies[0].inputs.length);
      expect(outputs.length).toBe(bodies[0].outputs.length);
    }
  });
});

const looped = opCases.filter(({ op }) => op.name === 'linearCrossEntropy');

test.each(looped)('$name: results and gradient equal the reference', async (opCase) => {
  const { inputs, outputs } = trace(opCase);
  const wrt = inputs.flatMap((tensor, i) => (tensor.dtype === 'float' ? [[opCase.op.inputs[i], tensor] as const] : []));
  const seeds = seedsFor('seed', [outputs[0], ...outputs.slice(1).map(() => null)]);
  const feeds = feedsOf(opCase);
  const grads = gradient(
    outputs,
    wrt.map(([, tensor]) => tensor),
    seeds,
  ).flatMap((g, i) => (g ? [[`d${wrt[i][0]}`, g] as const] : []));
  const named = { y: outputs[0], ...Object.fromEntries(grads) };
  const fed = { ...feeds, ...seedFeeds(seeds, interpret(outputs, feeds), opCase.name) };
  const expected = interpret(Object.values(named), fed);
  const found = await runLowered(habitBackend, named, fed);
  Object.keys(named).forEach((key, i) => expectClose(found[key], expected[i], tolerance.gradient, key));
});
