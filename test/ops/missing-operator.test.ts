/** Ops on an engine that lacks operators: the same results from others. */
import { expect, test } from 'vitest';
import { input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { cos, sin } from '../../src/ops/index.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { runLowered } from './engine.ts';
import { feedsOf, opCases, trace } from './op-case.ts';
import { expectClose, tolerance } from './tolerance.ts';

const operators = ['com.microsoft.FusedMatMul', 'LogSoftmax', 'Sign', 'Sin', 'Cos'];
const lacking = { ...capiBackend(), missing: new Set(operators) };

const named = (outputs: readonly Tensor[]) => Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]));
const typesOf = (outputs: readonly Tensor[], engine: Parameters<typeof lower>[2]): string[] =>
  allNodes(readModel(lower(named(outputs), {}, engine).bytes).graph).map(({ type }) => type);
const uses = (outputs: readonly Tensor[]) => (operator: string) => typesOf(outputs, {}).includes(operator);

const cases = opCases.filter((opCase) => operators.some(uses(trace(opCase).outputs)));

test('every operator is one that some op uses', () => {
  const used = cases.flatMap((opCase) => typesOf(trace(opCase).outputs, {}));
  expect(operators.filter((operator) => !used.includes(operator))).toEqual([]);
});

test.each(cases)('$name gives the same without it', async (opCase) => {
  const { outputs } = trace(opCase);
  const found = typesOf(outputs, lacking);
  expect(operators.filter((operator) => found.includes(operator))).toEqual([]);
  const feeds = feedsOf(opCase);
  const results = await runLowered(lacking, named(outputs), feeds);
  interpret(outputs, feeds).forEach((expected, i) => {
    expectClose(results[`y${i}`], expected, tolerance.output, `output ${i}`);
  });
});

test('sine and cosine are exact up to an angle of 8,000', async () => {
  const x = input('x', ['n']);
  const angles = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 4.0013);
  const results = await runLowered(lacking, { s: sin(x), c: cos(x) }, { x: value([angles.length], angles) });
  const largest = (name: 's' | 'c', exact: (angle: number) => number) =>
    results[name].data.reduce((most, found, i) => Math.max(most, Math.abs(found - exact(angles[i]))), 0);
  expect(largest('s', Math.sin)).toBeLessThan(2e-7);
  expect(largest('c', Math.cos)).toBeLessThan(2e-7);
});
