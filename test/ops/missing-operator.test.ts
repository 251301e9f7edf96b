/** Ops on an engine that lacks operators: the same results from others. */
import { expect, test } from 'vitest';
import { input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { cos, matmul, sin } from '../../src/ops/index.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { drawFloats } from './draw.ts';
import { runLowered } from './engine.ts';
import { feedsOf, opCases, trace } from './op-case.ts';
import { expectClose, tolerance } from './tolerance.ts';

const operators = ['com.microsoft.FusedMatMul', 'LogSoftmax', 'Sign', 'Sin', 'Cos'];
const lacking = { ...capiBackend(), missing: new Set(operators) };

const named = (outputs: readonly Tensor[]) => Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]));
const typesOf = (outputs: readonly Tensor[], engine: Parameters<typeof lower>[2]): string[] =>
  allNodes(readModel(lower(named(outputs), {}, engine).bytes).graph).map(({ type }) => type);
const uses = (outputs: readonly Tensor[]) => (operator: string) =>
  typesOf(outputs, {}).includes(operator.replace('com.microsoft.', ''));

const cases = opCases.filter((opCase) => operators.some(uses(trace(opCase).outputs)));

/** A product of transposes with a factor, for which there is `FusedMatMul`. */
function fusedProduct(transposeA: boolean, transposeB: boolean) {
  const a = input('a', transposeA ? [2, 'k', 'm'] : [2, 'm', 'k']);
  const b = input('b', transposeB ? [2, 'n', 'k'] : [2, 'k', 'n']);
  return matmul(a, b, { transposeA, transposeB, alpha: 0.5 });
}

test.each([
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
])('a product of batches gives the same without it: $transposeA, $transposeB', async ({ transposeA, transposeB }) => {
  const product = fusedProduct(transposeA, transposeB);
  expect(typesOf([product], {})).toContain('FusedMatMul');
  expect(typesOf([product], lacking)).not.toContain('FusedMatMul');
  const feeds = {
    a: value(transposeA ? [2, 4, 3] : [2, 3, 4], drawFloats('a', 24)),
    b: value(transposeB ? [2, 5, 4] : [2, 4, 5], drawFloats('b', 40)),
  };
  const { y0 } = await runLowered(lacking, { y0: product }, feeds);
  expectClose(y0, interpret([product], feeds)[0], tolerance.output, 'product');
});

test('the ops that use the other operators are tested without them', () => {
  expect(new Set(cases.map(({ op }) => op.name))).toEqual(new Set(['sign', 'logSoftmax', 'sin', 'cos']));
});

test.each(cases)('$name gives the same without it', async (opCase) => {
  const { outputs } = trace(opCase);
  const found = typesOf(outputs, lacking);
  expect(operators.filter((operator) => found.includes(operator.replace('com.microsoft.', '')))).toEqual([]);
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
