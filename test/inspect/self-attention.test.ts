/** The page of an encoder's self-attention. */
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { alphaPng } from '../../src/inspect/alpha-png.ts';
import { attentionShares } from '../../src/inspect/attention-share.ts';
import { headImage } from '../../src/inspect/head-image.ts';
import { type SelfAttentionExample, selfAttentionPage } from '../../src/inspect/self-attention-page.ts';

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
  test('holds a level of 0 to 15 for every cell, in rows of any width and files of several blocks', () => {
    expect(levelsOf(alphaPng(3, 2, Uint8Array.of(0, 1, 2, 13, 14, 15)))).toEqual([
      [0, 1, 2],
      [13, 14, 15],
    ]);
    const many = levelsOf(alphaPng(500, 400, new Uint8Array(200_000).fill(7)));
    expect([many.length, many.flat().every((level) => level === 7)]).toEqual([400, true]);
  });

  test('keeps the largest weight of the cells that share a pixel', () => {
    const weights = [Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 0), Float32Array.of(0, 0, 0)];
    expect(levelsOf(pngOf(headImage(weights, 2)))).toEqual([
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

/** An example of so many tokens with so many layers of so many heads. */
function example(length: number, layers: number, heads: number): SelfAttentionExample {
  const tokens = Array.from({ length }, (_, i) => ['[CLS]', '·한국어', 'internationalisation'][i % 3] ?? '');
  const rows = tokens.map((_, t) => Float32Array.from(tokens, (_, s) => (s === t ? 0.5 : 0.5 / length)));
  return {
    input: 'a <b> text',
    pair: '둘째 문장',
    output: 'positive 0.973',
    source: tokens,
    target: tokens,
    texts: tokens.map((_, i) => (i === 0 ? null : i < length / 2 ? 0 : 1)),
    layers: Array.from({ length: layers }, () => Array.from({ length: heads }, () => rows)),
  };
}

const head = { title: 'What the tokens looked at' };

describe('a page of self-attention', () => {
  test('has a choice for every head of every layer and for their mean, each in words, and one of them is chosen', () => {
    const page = selfAttentionPage([example(6, 2, 3)], head);
    const labels = [...page.matchAll(/<input type="radio"[^>]*aria-label="([^":]*): itself [^"]*the other text/g)];
    expect(labels.map(([, name]) => name)).toEqual([
      'mean of all heads',
      ...['layer 1 · head 1', 'layer 1 · head 2', 'layer 1 · head 3'],
      ...['layer 2 · head 1', 'layer 2 · head 2', 'layer 2 · head 3'],
    ]);
    expect(page.match(/ checked>/g)).toHaveLength(1);
    expect(page).toContain('a &lt;b&gt; text');
    expect(page).toContain('positive 0.973');
  });

  test('marks the tokens of the second text and those that the tokenizer adds', () => {
    const page = selfAttentionPage([example(6, 1, 1)], head);
    expect(page.match(/<text class="second"/g)).toHaveLength(2 * 3);
    expect(page.match(/<text class="added"/g)).toHaveLength(2 * 1);
  });

  test('loads nothing and runs no script: its images are in it', () => {
    const page = selfAttentionPage([example(6, 1, 2)], head);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(page).not.toMatch(/<script|<link|src=|https?:(?!\/\/www\.w3\.org)/);
  });

  test('has less than 3 MB for 12 × 12 heads over 512 tokens, and says that a point is several cells', () => {
    const page = selfAttentionPage([example(512, 12, 12)], head);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toMatch(/a point is the largest weight of \d × \d cells/);
  });

  test('refuses weights that are not a row of numbers per token', () => {
    const { layers, ...rest } = example(4, 1, 1);
    const short = layers.map((heads) => heads.map((rows) => rows.slice(1)));
    expect(() => selfAttentionPage([{ ...rest, layers: short }], head)).toThrow(/expected weights \[T=4, S=4\]/);
  });
});
