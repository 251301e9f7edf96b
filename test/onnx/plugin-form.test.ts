/** Graphs in the form for plugins, which is made for OpenVINO: no loop in the loss of logits, inner biases' gradients as products. */
import { describe, expect, test } from 'vitest';
import { type EngineHabit, gradient, input, interpret, type Tensor } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { type ReadNode, readModel } from '../../src/onnx/read-model.ts';
import { gelu, layerNorm, linear, linearCrossEntropy } from '../../src/ops/index.ts';
import { present, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { habitBackend, runLowered } from '../ops/engine.ts';
import { feedsOf, opCases, trace } from '../ops/op-case.ts';
import { expectClose, tolerance } from '../ops/tolerance.ts';

/** The gradients of a feed-forward layer and of a norm after it. */
function layerGradients(): Record<string, Tensor> {
  const x = input('x', ['batch', 'time', 4]);
  const weights = {
    inner: input('inner', [6, 4]),
    b: input('b', [6]),
    outer: input('outer', [4, 6]),
    c: input('c', [4]),
  };
  const [scale, shift] = [input('scale', [4]), input('shift', [4])];
  const { inner, b, outer, c } = weights;
  const y = layerNorm(linear(gelu(linear(x, inner, b, { isInner: true })), outer, c), scale, shift, { eps: 1e-5 });
  const wrt = [inner, b, outer, c, scale, shift];
  const made = present(gradient(y, wrt, [input('seed', ['batch', 'time', 4])]));
  return Object.fromEntries(made.map((g, i) => [`d${i}`, g]));
}

const nodesOf = (outputs: Record<string, Tensor>, ...habits: EngineHabit[]): readonly ReadNode[] =>
  readModel(lower(outputs, {}, { habits: new Set(habits) }).bytes).graph.nodes;

/** The operators from the results back to the last products: what OpenVINO in bfloat16 keeps in float32. */
function operatorsOfTail(outputs: Record<string, Tensor>, ...habits: EngineHabit[]): ReadonlySet<string> {
  const nodes = nodesOf(outputs, ...habits);
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const tail = new Set<ReadNode>();
  const follow = (name: string): void => {
    const node = makers.get(name);
    if (!node || tail.has(node) || /Gemm|MatMul/.test(node.type)) return;
    tail.add(node);
    for (const from of node.inputs) follow(from);
  };
  for (const name of Object.keys(outputs)) follow(name);
  return new Set([...tail].map(({ type }) => type));
}

test('the gradient of an activation is in the float32 tail of a graph because biases are sums, and not in the form for plugins', () => {
  expect(operatorsOfTail(layerGradients())).toContain('Erf');
  expect(operatorsOfTail(layerGradients(), 'keepsTail')).not.toContain('Erf');
});

test('the loss of logits is a loop over chunks of rows, but not in the form for plugins', () => {
  const [x, w, b] = [input('x', ['chunks', 'rows', 3]), input('w', [5, 3]), input('b', [5])];
  const labels = input('labels', ['chunks', 'rows'], 'int32');
  const loss = linearCrossEntropy(x, w, b, labels, input('scale', []), { labelSmoothing: 0.1 });
  const made = { loss, dx: present(gradient(loss, [x]))[0] as Tensor };
  const loopsOf = (...habits: EngineHabit[]) =>
    nodesOf(made, ...habits).filter(({ bodies }) => bodies.length > 0).length;
  expect(loopsOf()).toBe(1);
  expect(loopsOf('copiesStates')).toBe(0);
});

const different = new Set(['linearCrossEntropy', 'columnSum', 'addBias', 'affine']);

describe('in the form for plugins', () => {
  test.each(opCases.filter(({ op }) => different.has(op.name)))(
    '$name: results and gradient equal the reference',
    async (opCase) => {
      const { inputs, outputs } = trace(opCase);
      const wrt = inputs.flatMap((tensor, i) =>
        tensor.dtype === 'float' ? [[opCase.op.inputs[i], tensor] as const] : [],
      );
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
    },
  );
});
