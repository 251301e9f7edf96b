/** A constant that products read in both orientations: results are the same with and without a copy of it. */
import { expect, test } from 'vitest';
import { constantTensor, type EngineHabit, input, interpret, value } from '../../src/graph/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { allNodes, readModel } from '../../src/onnx/read-model.ts';
import { matmul } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { draw } from '../ops/draw.ts';
import { habitBackend, runLowered } from '../ops/engine.ts';
import { expectClose, tolerance } from '../ops/tolerance.ts';

const numbers = (seed: string, count: number): Float64Array => {
  const next = draw(seed);
  return Float64Array.from({ length: count }, () => next() * 2 - 1);
};

/** x·W and y·Wᵀ for a constant W: [rows, columns]. */
function bothOrientations(rows: number, columns: number) {
  const matrix = constantTensor([...numbers('matrix', rows * columns)], [rows, columns]);
  return {
    outputs: {
      plain: matmul(input('x', ['n', rows]), matrix, {}),
      transposed: matmul(input('y', ['n', columns]), matrix, { transposeB: true }),
    },
    feeds: {
      x: value([3, rows], numbers('x', 3 * rows)),
      y: value([3, columns], numbers('y', 3 * columns)),
    },
  };
}

const matricesOf = (bytes: Uint8Array): string[] =>
  allNodes(readModel(bytes).graph).map(({ inputs }) => inputs[1] ?? '');

test('a square constant read in both orientations is stored twice for engines that mistake one for the other', () => {
  const distinct = (rows: number, columns: number, ...habits: EngineHabit[]) =>
    new Set(matricesOf(lower(bothOrientations(rows, columns).outputs, {}, { habits: new Set(habits) }).bytes)).size;
  expect(distinct(6, 6, 'packsOnce')).toBe(2);
  expect(distinct(6, 6)).toBe(1);
  expect(distinct(6, 7, 'packsOnce')).toBe(1);
});

test.each([
  [6, 6],
  [6, 7],
])('products with a constant [%i, %i] and its transpose give what the interpreter gives', async (rows, columns) => {
  const { outputs, feeds } = bothOrientations(rows, columns);
  const expected = interpret(Object.values(outputs), feeds);
  for (const backend of [nodeBackend(), habitBackend]) {
    const found = await runLowered(backend, outputs, feeds);
    Object.keys(outputs).forEach((name, i) => {
      expectClose(found[name], expected[i], tolerance.output, `${backend.name}, ${name}`);
    });
  }
});
