/** The page that shows where a model of images looked. */
import { describe, expect, test } from 'vitest';
import type { AttentionExample } from '../../src/inspect/attention/attention-example.ts';
import type { AttentionMap, HeadWeights } from '../../src/inspect/attention/attention-map.ts';
import { attentionPage } from '../../src/inspect/attention/attention-page.ts';
import { attentionRollout } from '../../src/inspect/attention/attention-rollout.ts';
import { patchShares } from '../../src/inspect/picture/patch-share.ts';
import { patchSvg } from '../../src/inspect/picture/patch-svg.ts';
import { patchImage } from '../../src/inspect/picture/patch-tile.ts';
import { pictureAddress } from '../../src/inspect/picture/picture.ts';
import { pngOf, samplesOf } from './read-png.ts';
import { unbalanced } from './unbalanced.ts';

const row = (...numbers: number[]) => Float32Array.from(numbers);

/** Weights of T tokens over each other, which differ from head to head. */
function randomWeights(tokens: number, seed: number): HeadWeights {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  return Array.from({ length: tokens }, () => {
    const scores = Float32Array.from({ length: tokens }, () => Math.exp(8 * random()));
    const total = scores.reduce((sum, score) => sum + score, 0);
    return scores.map((score) => score / total);
  });
}

interface Sizes {
  readonly grid: readonly [number, number];
  readonly layers: number;
  readonly heads: number;
  readonly side?: number;
  readonly channels?: number;
  readonly learned?: readonly string[];
}

/** An image that a model of so many layers and heads reads. */
function image({ grid, layers, heads, side = 4, channels = 3, learned = ['class token'] }: Sizes): AttentionExample {
  const [rows, columns] = grid;
  const patches = Array.from(
    { length: rows * columns },
    (_, at) => `row ${Math.floor(at / columns) + 1}, column ${(at % columns) + 1}`,
  );
  const axis = { tokens: [...learned, ...patches], grid };
  const all = Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: heads }, (_, head) => randomWeights(axis.tokens.length, 100 * layer + head + 1)),
  );
  const maps: AttentionMap[] = [{ kind: 'attentions', query: axis, key: axis, layers: all }];
  const size = [rows * side, columns * side] as const;
  const pixels = Uint8Array.from({ length: channels * size[0] * size[1] }, (_, i) => (i * 7919) % 256);
  const scores = ['cat', 'dog <b>', 'cow', 'hen', 'ant', 'bee'].map((label, at) => ({ label, score: 0.5 / 2 ** at }));
  return { input: 'image 7', picture: { channels, size, pixels }, scores, output: 'cat', maps };
}

const title = { title: 'What the model looked at' };
const withoutStyle = (page: string): string => page.replace(/<style>[\s\S]*?<\/style>/, '');

/** The image of a head in a page: `0-1`, `mean`, `rollout`. */
function imageIn(page: string, head: string): number[][] {
  const [, address = ''] = new RegExp(`--e1-attentions-${head}: url\\(([^)]*)\\)`).exec(page) ?? [];
  return samplesOf(pngOf(address));
}

describe('a picture', () => {
  test('of three channels is drawn in their colours, of any other number in the grey of their mean', async () => {
    const size = [2, 1] as const;
    const colours = await pictureAddress({ channels: 3, size, pixels: [1, 2, 30, 40, 255, 260] });
    expect(samplesOf(pngOf(colours))).toEqual([
      [1, 30, 255],
      [2, 40, 255],
    ]);
    expect(samplesOf(pngOf(await pictureAddress({ channels: 1, size, pixels: [9, -3] })))).toEqual([[9], [0]]);
    expect(samplesOf(pngOf(await pictureAddress({ channels: 2, size, pixels: [1, 2, 3, 6] })))).toEqual([[2], [4]]);
  });

  test('is drawn in points of several pixels where a page has too many', async () => {
    const picture = { channels: 1, size: [3, 2], pixels: [0, 4, 8, 12, 100, 102] } as const;
    expect(samplesOf(pngOf(await pictureAddress(picture, 2)))).toEqual([[6], [101]]);
  });
});

describe('attention rollout', () => {
  test('is the product of every layer’s mean with its residual connection, the last layer first', () => {
    const [a, b] = [
      [row(1, 0), row(1, 0)],
      [row(0, 1), row(0.5, 0.5)],
    ];
    // ½A + ½I = [[1, 0], [½, ½]]; ½B + ½I = [[½, ½], [¼, ¾]].
    expect(attentionRollout([[a], [b]])).toEqual([row(0.75, 0.25), row(0.625, 0.375)]);
    expect(attentionRollout([[b], [a]])).toEqual([row(0.5, 0.5), row(0.375, 0.625)]);
    expect(attentionRollout([[a, b]])).toEqual([row(0.75, 0.25), row(0.375, 0.625)]);
  });

  test('has rows that sum to 1', () => {
    const layers = [1, 2, 3].map((seed) => [randomWeights(9, seed), randomWeights(9, 10 + seed)]);
    for (const weights of attentionRollout(layers)) expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });
});

test('shares say where patches look: at learned tokens, at themselves, how far away', () => {
  // A class token and 1 × 3 patches: the first looks at itself, the second two ways, the third at the first.
  const weights = [row(1, 0, 0, 0), row(0, 1, 0, 0), row(0.5, 0.25, 0, 0.25), row(0.25, 0.75, 0, 0)];
  const { learned, self, distance } = patchShares(weights, { learned: 1, rows: 1, columns: 3 });
  expect(learned).toEqual([0.25]);
  expect(self).toBeCloseTo(1 / 3, 12);
  expect(distance).toBeCloseTo((0.25 + 0.25 + 0.75 * 2) / (1 + 0.5 + 0.75), 12);
});

describe('an image of where tokens look', () => {
  const tile = { learned: 2, rows: 1, columns: 2 };

  test('has a tile per query, learned tokens in its first column, relative to the largest weight on a patch', async () => {
    const weights = [row(0.9, 0, 0.1, 0), row(0.04, 0.26, 0.2, 0.5), row(1, 0, 0, 0), row(0, 0, 0, 1)];
    expect(samplesOf(pngOf(await patchImage(weights, tile, Number.POSITIVE_INFINITY)))).toEqual([
      ...[
        [15, 0],
        [0, 0],
        [15, 0],
      ],
      ...[
        [1, 0],
        [8, 0],
        [6, 15],
      ],
      ...[
        [15, 0],
        [0, 0],
        [0, 0],
      ],
      ...[
        [0, 0],
        [0, 0],
        [0, 15],
      ],
    ]);
  });

  test('keeps the largest weights of every query', async () => {
    const image = await patchImage([row(0.1, 0.2, 0.3, 0.4)], tile, 2);
    expect(samplesOf(pngOf(image))).toEqual([
      [0, 0],
      [0, 0],
      [expect.any(Number), 15],
    ]);
  });
});

describe('a page over an image', () => {
  test('has a choice for every head, their mean and attention rollout, and for every token and patch; the class token looks first', async () => {
    const page = await attentionPage([image({ grid: [2, 3], layers: 2, heads: 2 })], title);
    const labels = [...page.matchAll(/<input type="radio"[^>]*aria-label="([^"]*)"( checked)?/g)];
    expect(labels.map(([, label]) => label.replace(/: itself .*/, ''))).toEqual([
      ...['mean of all heads', 'attention rollout'],
      ...['layer 1 · head 1', 'layer 1 · head 2', 'layer 2 · head 1', 'layer 2 · head 2'],
      ...['class token', 'row 1, column 1', 'row 1, column 2', 'row 1, column 3'],
      ...['row 2, column 1', 'row 2, column 2', 'row 2, column 3'],
    ]);
    expect(labels.filter(([, , isChosen]) => isChosen).map(([, label]) => label)).toEqual([
      expect.stringMatching(/^mean of all heads: itself \d+ %, the class token \d+ %, \d\.\d patches away$/),
      'class token',
    ]);
    expect(page).toContain(':has(#e1-attentions-query-4:checked) { --tile: 4; }');
  });

  test('shows the weights of every head and query', async () => {
    const example = image({ grid: [2, 3], layers: 2, heads: 2 });
    const page = await attentionPage([example], title);
    const weights = example.maps[0].layers[1][0];
    const drawn = imageIn(page, '1-0');
    expect(drawn).toHaveLength(7 * 3);
    for (const [query, values] of weights.entries()) {
      const most = Math.max(...values.slice(1));
      const patches = drawn.slice(query * 3 + 1, query * 3 + 3).flat();
      expect(patches).toEqual([...values.slice(1)].map((weight) => Math.round((15 * weight) / most)));
    }
    expect(imageIn(page, 'mean')).not.toEqual(imageIn(page, 'rollout'));
  });

  test('has a second learned token below the first', async () => {
    const learned = ['class token', 'distillation token'];
    const page = await attentionPage([image({ grid: [2, 2], layers: 1, heads: 2, learned })], title);
    expect(page).toContain('--learned: 2; --rows: 2; --columns: 2; --whole: 24');
    expect(page).toMatch(/<span>class token<\/span><label title="distillation token">/);
    expect(page).toContain('The distillation token is read with them too.');
  });

  test('names the labels with the highest scores beside the picture, and says whether the label is right', async () => {
    const example = image({ grid: [2, 2], layers: 1, heads: 1 });
    const page = withoutStyle(await attentionPage([{ ...example, reference: 'cat' }], title));
    expect(
      [...page.matchAll(/<li><span>([^<]*)<\/span><span class="number">([\d.]+)/g)].map(([, ...line]) => line),
    ).toEqual([
      ...[
        ['cat', '0.500'],
        ['dog &lt;b&gt;', '0.250'],
        ['cow', '0.125'],
        ['hen', '0.063'],
        ['ant', '0.031'],
      ],
    ]);
    expect(page).toContain('>as expected<');
    expect(page).toContain('aria-label="the image, 8 × 8 pixels of 3 channels"');
  });

  test('of a model without a head shows no labels', async () => {
    const { scores: _, output: __, ...bare } = image({ grid: [2, 2], layers: 1, heads: 1 });
    const page = withoutStyle(await attentionPage([bare], title));
    expect(page).not.toMatch(/<ol|class="output"/);
  });

  test('of one head has no overview and no rollout', async () => {
    const page = withoutStyle(await attentionPage([image({ grid: [2, 2], layers: 1, heads: 1 })], title));
    expect(page).not.toMatch(/rollout|mean of|overview/i);
    expect(page.match(/<input/g)).toHaveLength(5);
  });

  test('loads nothing and runs no script, and forbids both; it is well-formed, its texts escaped', async () => {
    const page = await attentionPage([image({ grid: [2, 3], layers: 1, heads: 2 })], title);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(page).not.toMatch(/<script|<link|<img|@import|\son\w+=|\ssrc=|\shref=/i);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
    expect([...page.matchAll(/url\((.{11})/g)].every(([, start]) => start === 'data:image/')).toBe(true);
    expect(unbalanced(withoutStyle(page).replace(/<input[^>]*>/g, ''))).toEqual([]);
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('has less than 3 MB for 12 × 12 heads over 197 tokens, and says how many weights it keeps', async () => {
    const page = await attentionPage([image({ grid: [14, 14], layers: 12, heads: 12, side: 16 })], title);
    expect(page.length).toBeLessThan(3_000_000);
    expect(Number(/The (\d+) largest weights of each are drawn/.exec(page)?.[1])).toBe(33);
    expect(page).not.toContain('A point of a picture');
  });

  test('has less than 3 MB for several such images too, and says that a point is several pixels', async () => {
    const one = image({ grid: [14, 14], layers: 1, heads: 12, side: 16 });
    const map = { ...one.maps[0], layers: new Array(12).fill(one.maps[0].layers[0]) };
    const page = await attentionPage(new Array(4).fill({ ...one, maps: [map] }), title);
    expect(page.length).toBeLessThan(3_000_000);
    expect(page).toContain('A point of a picture is the mean of 2 × 2 pixels.');
  });

  test('shows all weights where they fit', async () => {
    const page = await attentionPage([image({ grid: [7, 7], layers: 4, heads: 4, channels: 1 })], title);
    expect(page).not.toContain('largest weights of each');
  });

  test('refuses weights that are not a row per token, and tokens that are not those of a grid', async () => {
    const example = image({ grid: [2, 2], layers: 1, heads: 1 });
    const [map] = example.maps;
    const short = { ...example, maps: [{ ...map, layers: [[map.layers[0][0].slice(1)]] }] };
    await expect(attentionPage([short], title)).rejects.toThrow('expected weights [T=5, S=5], got 4 rows of 5 numbers');
    const axis = { ...map.query, grid: [2, 3] as const };
    const wide = { ...example, maps: [{ ...map, query: axis, key: axis }] };
    await expect(attentionPage([wide], title)).rejects.toThrow('expected 2 × 3 patches, got 5 tokens');
  });
});

test('a page of texts and images explains both', async () => {
  const text = { kind: 'attentions', query: { tokens: ['a'] }, key: { tokens: ['a'] }, layers: [[[row(1)]]] } as const;
  const page = await attentionPage([{ input: 'a', maps: [text] }, image({ grid: [2, 2], layers: 1, heads: 1 })], title);
  expect([...page.matchAll(/<h2>(How to read[^<]*)/g)].map(([, guide]) => guide)).toEqual([
    'How to read a map',
    'How to read a map over an image',
  ]);
});

describe('an SVG of where a patch looks', () => {
  test('draws what a page shows: opacities relative to the largest weight on a patch, with their numbers', async () => {
    const { picture, maps } = image({ grid: [1, 2], layers: 1, heads: 1 });
    if (!picture) throw new Error('expected a picture');
    const axis = maps[0].query;
    const weights = [row(0.5, 0.4, 0.1), row(0, 0, 1), row(1, 0, 0)];
    const svg = await patchSvg({ picture, axis, weights });
    expect([...svg.matchAll(/fill-opacity="([^"]*)"><title>([^<]*)/g)].map(([, ...cell]) => cell)).toEqual([
      ['1', 'row 1, column 1: 0.400'],
      ['0.25', 'row 1, column 2: 0.100'],
    ]);
    expect(svg).toContain('aria-label="Where class token looks"');
    expect(await patchSvg({ picture, axis, weights }, { query: 2, label: 'a & b' })).toContain(
      'aria-label="a &amp; b"',
    );
    expect(unbalanced(svg)).toEqual([]);
  });
});
