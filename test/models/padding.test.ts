/** How far lengths are rounded up, by what a model reads. */
import { expect, test } from 'vitest';
import type { InputSpec } from '../../src/models/inputs/input-spec.ts';
import { type FormedModel, withPadding } from '../../src/models/text-length.ts';

const ids: InputSpec = { name: 'input_ids', dtype: 'int32', shape: ['batch', 'time'], absent: 'refused' };

/** The length that texts are padded to, of a model with so many positions. */
function lengthOf(maxTokens: number, multiple: number, most = Number.POSITIVE_INFINITY, inputs = [ids]) {
  const model: FormedModel = { model: { inputs }, tokens: { maxTokens } };
  const { padding } = withPadding(model, multiple, most).tokens ?? {};
  return (tokens: number): number | undefined => padding?.length(tokens);
}

test('lengths are multiples, to no more than the positions and the tokens of a batch', () => {
  expect([1, 8, 9, 24].map(lengthOf(512, 8))).toEqual([8, 8, 16, 24]);
  expect([1, 28, 30].map(lengthOf(30, 8))).toEqual([8, 30, 30]);
  expect([1, 20, 23].map(lengthOf(512, 8, 20))).toEqual([8, 20, 23]);
  expect([1, 7].map(lengthOf(512, 1))).toEqual([1, 7]);
});

test('no length is rounded up to one at which the model reads texts in other blocks', () => {
  const blocks = (tokens: number) => Math.ceil(tokens / 16) * 16;
  const sparse: InputSpec = {
    ...ids,
    name: 'block_places',
    paddedTo: (tokens) => (tokens > 32 ? blocks(tokens) : undefined),
  };
  const length = lengthOf(512, 24, 512, [ids, sparse]);
  expect([20, 30, 40, 50, 65].map(length)).toEqual([24, 30, 48, 50, 72]);
});

test('a model of images is returned as it is', () => {
  const images = { model: { inputs: [ids] }, tokens: undefined };
  expect(withPadding(images, 8, 512)).toBe(images);
});
