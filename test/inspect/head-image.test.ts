/** Images of heads, and where heads look. */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { alphaPng } from '../../src/inspect/alpha-png.ts';
import { attentionShares } from '../../src/inspect/attention-share.ts';
import { headImage } from '../../src/inspect/head-image.ts';

/** The data of a chunk. */
function chunkOf(png: Uint8Array, type: string): Uint8Array {
  const bytes = Buffer.from(png);
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === type) return bytes.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
  throw new Error(`png: expected ${type}`);
}

/** The levels of an image's pixels, row by row. */
function levelsOf(png: Uint8Array): number[][] {
  const header = Buffer.from(chunkOf(png, 'IHDR'));
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunkOf(png, 'IDAT'));
  const stride = 1 + Math.ceil(width / 2);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const byte = rows[y * stride + 1 + (x >> 1)] ?? 0;
      return x % 2 === 0 ? byte >> 4 : byte & 15;
    }),
  );
}

const pngOf = (address: string): Uint8Array =>
  new Uint8Array(Buffer.from(address.slice('data:image/png;base64,'.length), 'base64'));

describe('an image of weights', () => {
  test('holds a level of 0 to 15 for every cell, in rows of any width', async () => {
    expect(levelsOf(await alphaPng(3, 2, Uint8Array.of(0, 1, 2, 13, 14, 15)))).toEqual([
      [0, 1, 2],
      [13, 14, 15],
    ]);
    const many = levelsOf(await alphaPng(500, 400, new Uint8Array(200_000).fill(7)));
    expect([many.length, many.flat().every((level) => level === 7)]).toEqual([400, true]);
  });

  test('keeps the largest weight of the cells that share a pixel', async () => {
    const weights = [Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 0), Float32Array.of(0, 0, 0)];
    expect(levelsOf(pngOf(await headImage(weights, 2)))).toEqual([
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
