import { expect, test } from 'vitest';
import { input, interpret, simplify, topological, value } from '../../src/graph/index.ts';
import { putRows, transpose } from '../../src/ops/index.ts';

const x = input('x', [8, 2]);

test('of rows that are a transpose, the indices are rearranged instead', () => {
  const permutation = [1, 2, 0, 3];
  const rows = input('rows', [2, 3, 1, 2]);
  const y = putRows(x, input('indices', [3, 1, 2], 'int32'), transpose(rows, { permutation }));
  const [better] = simplify([y]);
  const moved = topological([better]).flatMap(({ op, inputs }) => (op === transpose.op ? inputs : []));
  expect(moved.map(({ dtype }) => dtype)).toEqual(['int32']);
  const feeds = {
    x: value([8, 2], Array(16).fill(-1)),
    indices: value([3, 1, 2], [6, 1, 0, 7, 3, 2], 'int32'),
    rows: value(
      [2, 3, 1, 2],
      Array.from({ length: 12 }, (_, i) => i),
    ),
  };
  const [found, expected] = interpret([better, y], feeds);
  expect(found.data).toEqual(expected.data);
  expect(Array.from(expected.data)).toEqual([2, 3, 6, 7, 10, 11, 4, 5, -1, -1, -1, -1, 0, 1, 8, 9]);
});

test('a transpose that moves numbers within rows stays', () => {
  const rows = transpose(input('rows', [2, 3]), { permutation: [1, 0] });
  const y = putRows(x, input('indices', [3], 'int32'), rows);
  expect(topological(simplify([y])).filter(({ op }) => op === transpose.op)).toHaveLength(1);
});

test('an index that occurs twice is an error, because the engine may keep either row', () => {
  const y = putRows(x, input('indices', [2], 'int32'), input('rows', [2, 2]));
  const feeds = { x: value([8, 2], Array(16).fill(0)), rows: value([2, 2], [1, 2, 3, 4]) };
  expect(() => interpret([y], { ...feeds, indices: value([2], [3, 3], 'int32') })).toThrow('got 3 twice');
  expect(() => interpret([y], { ...feeds, indices: value([2], [3, 8], 'int32') })).toThrow('0 … 7, got 8');
});
