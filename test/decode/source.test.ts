/** How sources of a batch are padded. */
import { expect, test } from 'vitest';
import { sourceFeeds, sourcesOf, sourceWidth } from '../../src/decode/source.ts';
import { toyModel, toyStart } from './toy-recurrent.ts';

const model = { ...toyModel, maxPositions: 10 };
const sources = (...lengths: number[]) => {
  return sourcesOf(
    lengths.map((length) => new Array(length).fill(1)),
    model,
    toyStart,
  );
};

test('sources are padded to a multiple of four tokens, but not beyond the positions of the model', () => {
  const widths = [[2], [3, 4], [1, 5], [9], [10]].map((lengths) => sourceWidth(sources(...lengths), model));
  expect(widths).toEqual([4, 4, 8, 10, 10]);
});

test('what only pads is masked', () => {
  const { input_ids, attention_mask } = sourceFeeds(sources(3, 1), model);
  expect(input_ids).toEqual({ type: 'int32', shape: [2, 4], data: Int32Array.of(1, 1, 1, 0, 1, 0, 0, 0) });
  expect(attention_mask?.data).toEqual(Int32Array.of(1, 1, 1, 0, 1, 0, 0, 0));
});
