/** Images of heads, and where heads look. */
import { describe, expect, test } from 'vitest';
import { headImage } from '../../src/inspect/attention/head-image.ts';
import { alphaPng } from '../../src/inspect/picture/alpha-png.ts';
import { attentionShares } from '../../src/inspect/text/attention-share.ts';
import { pngOf, samplesOf } from './read-png.ts';

describe('an image of weights', () => {
  test('holds a level of 0 to 15 for every cell, in rows of any width', async () => {
    expect(samplesOf(await alphaPng(3, 2, Uint8Array.of(0, 1, 2, 13, 14, 15)))).toEqual([
      [0, 1, 2],
      [13, 14, 15],
    ]);
    const many = samplesOf(await alphaPng(500, 400, new Uint8Array(200_000).fill(7)));
    expect([many.length, many.flat().every((level) => level === 7)]).toEqual([400, true]);
  });

  test('keeps the largest weight of the cells that share a pixel', async () => {
    const weights = [Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 0), Float32Array.of(0, 0, 0)];
    expect(samplesOf(pngOf(await headImage(weights, 2)))).toEqual([
      [15, 0],
      [0, 0],
    ]);
  });
});

test('shares say where a head looks: at itself, its neighbours, added tokens, the other text', () => {
  const weights = [
    Float32Array.of(1, 0, 0, 0),
    Float32Array.of(0.5, 0.25, 0, 0.25),
    Float32Array.of(0, 0, 1, 0),
    Float32Array.of(0, 0.5, 0.5, 0),
  ];
  expect(attentionShares(weights, [null, 0, null, 1])).toEqual({
    self: 0.125,
    previous: 0.5,
    next: 0,
    added: 0.5,
    other: 0.375,
  });
  expect(attentionShares(weights, [null, 0, null, 0])).not.toHaveProperty('other');
});
