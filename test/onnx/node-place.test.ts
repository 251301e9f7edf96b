import { expect, test } from 'vitest';
import { add, gradient, input, mul, scan, sum } from '../../src/graph/index.ts';
import { Trace } from '../../src/nn/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { nodePlaces } from '../../src/onnx/node-place.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { matmul, sub, tanh } from '../../src/ops/index.ts';

const traced = (isProfiled: boolean) => {
  const { root } = new Trace({ isTraining: true, isProfiled });
  const x = input('x', ['batch', 4]);
  const weight = input('weight', [4, 4]);
  const hidden = root.at('model').layer('layers.0', (at) => at.dropout(tanh(matmul(x, weight, {})), 0.5));
  const loss = root.section('loss', () => sum(mul(hidden, hidden), { axes: [0, 1] }));
  return lower({ loss, 'next/gradient/weight': gradient(loss, [weight])[0]! });
};

test('a node is needed for the loss, or belongs to the gradient of the layer that it differentiates', () => {
  const places = nodePlaces(traced(true).bytes, 'loss');
  const products = [...places].filter(([name]) => /MatMul|Gemm/.test(name)).map(([, place]) => place);
  expect(products).toEqual([
    { path: 'model.layers.0', isNeeded: true, isRandom: false },
    { path: 'model.layers.0', isNeeded: false, isRandom: false },
  ]);
});

test('what turns random bytes into a mask is random, and the product with the mask is not', () => {
  const places = nodePlaces(traced(true).bytes, 'loss');
  const random = [...places].filter(([, { isRandom }]) => isRandom).map(([name]) => name.replace(/_\d+$/, ''));
  expect(new Set(random)).toEqual(new Set(['model.layers.0/Less', 'model.layers.0/Cast']));
});

test('names for a profile change nothing else: the same nodes in the same order read the same values', () => {
  const [ordinary, profiled] = [false, true].map((isProfiled) => allNodes(readModel(traced(isProfiled).bytes).graph));
  const number = (name: string) => name.replace(/^.*\//, '');
  const shown = (nodes: typeof ordinary) =>
    nodes.map(({ type, inputs, outputs }) => [type, inputs.map(number), outputs.map(number)]);
  expect(shown(profiled)).toEqual(shown(ordinary));
  expect(ordinary.some(({ name }) => name.startsWith('loss/'))).toBe(false);
});

test('of a loop only the states and results are needed on which the loss depends', () => {
  const x = input('x', ['time', 4]);
  const [kept, other] = [input('kept', [4]), input('other', [4])];
  const { carries, outputs } = scan({ carries: [kept, other], sequences: [x] }, ([a, b], [step]) => ({
    carries: [tanh(add(a, step)), mul(b, step)],
    outputs: [sub(a, step)],
  }));
  const loss = sum(carries[0], { axes: [0] });
  const places = nodePlaces(lower({ loss, 'next/other': carries[1], 'next/seen': outputs[0] }).bytes, 'loss');
  const needed = (op: string) =>
    [...places].filter(([name]) => name.includes(`/${op}_`)).map(([, place]) => place.isNeeded);
  expect(['Scan', 'Tanh', 'Mul', 'Sub'].map(needed)).toEqual([[true], [true], [false], [false]]);
});
