import { expect, test } from 'vitest';
import {
  gather,
  gradient,
  input,
  interpret,
  scatterAdd,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { pick } from '../../src/ops/index.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { drawFloats } from './draw.ts';
import { runLowered } from './engine.ts';
import { expectClose, tolerance } from './tolerance.ts';

/** Rows of [6, 2] in two chunks of three: 4, 0, 2, 5, and two that only fill. */
const rows = value([2, 3], [4, 0, 2, 5, 0, 0], 'int32');

function tableGradient(op: typeof pick): Tensor {
  const table = input('table', [6, 2]);
  const picked = op(table, input('rows', [2, 3], 'int32'));
  const [g] = gradient([picked], [table], [input('g', picked.shape)]);
  return g as Tensor;
}

test('rows that are picked have the gradient of gathered rows, where those that only fill have none', async () => {
  const feeds = {
    table: value([6, 2], drawFloats('table', 12)),
    rows,
    g: value([2, 3, 2], [...drawFloats('g', 8), 0, 0, 0, 0]),
  };
  const [expected] = interpret([tableGradient(gather)], feeds);
  expectClose(interpret([tableGradient(pick)], feeds)[0], expected, tolerance.exact, 'float64');
  const { made } = await runLowered(capiBackend(), { made: tableGradient(pick) }, feeds);
  expectClose(made, expected, tolerance.output, 'engine');
});

test('the gradient of picked rows scatters no rows', () => {
  const scatters = (op: typeof pick) => topological([tableGradient(op)]).some((node) => node.op === scatterAdd.op);
  expect(scatters(gather)).toBe(true);
  expect(scatters(pick)).toBe(false);
});
