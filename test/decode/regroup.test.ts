import { expect, test } from 'vitest';
import { regroupGraph } from '../../src/decode/step/regroup.ts';
import { input, interpret, value } from '../../src/graph/index.ts';
import { toyModel } from './toy-recurrent.ts';

test('where sources are padded to a longer one, a number for every token becomes 0, also if nothing says that it is a mask', () => {
  const seen = { tensor: input('seen', ['sentences', 'source']), kind: 'source' } as const;
  const { 'next/seen': joined } = regroupGraph({ ...toyModel, slots: {} }, { seen }, 'join');
  const [{ shape, data }] = interpret([joined], {
    seen: value([1, 2], [1, 0.5]),
    'joined/seen': value([2, 3], [1, 1, 1, 1, 1, 0]),
    'kept_source.1': value([1, 1, 3], [0, 1, 0], 'int32'),
    'joined_source.1': value([1, 1, 3], [0, 1, 2], 'int32'),
    source_mask: value([2, 3], [1, 1, 0, 1, 1, 1]),
  });
  expect(shape).toEqual([2, 3]);
  expect(Array.from(data)).toEqual([1, 0.5, 0, 1, 1, 1]);
});
