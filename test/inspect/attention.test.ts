import { describe, expect, test } from 'vitest';
import { meanWeights } from '../../src/inspect/attention/attention-map.ts';
import { attentionSvg, visibleToken } from '../../src/inspect/text/attention-svg.ts';
import { unbalanced } from './unbalanced.ts';

const row = (...numbers: number[]) => Float32Array.from(numbers);
const head = [row(0.75, 0.25, 0), row(0, 0.125, 0.875)];
const map = { source: ['오', '월', '</s>'], target: ['0', '5'], weights: head };

describe('a map', () => {
  const svg = attentionSvg(map, { marksGreatest: true });

  test('has a cell for every weight, which names its tokens and its number', () => {
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      '0 ← 오: 0.750',
      '0 ← 월: 0.250',
      '0 ← &lt;/s&gt;: 0.000',
      '5 ← 오: 0.000',
      '5 ← 월: 0.125',
      '5 ← &lt;/s&gt;: 0.875',
    ]);
  });

  test('is stronger for larger weights, and invisible at 0', () => {
    const opacities = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, number]) => Number(number));
    expect(opacities[2]).toBe(0);
    expect(opacities[5]).toBeGreaterThan(opacities[0]);
    expect(opacities[0]).toBeGreaterThan(opacities[1]);
    expect(attentionSvg({ ...map, weights: [row(1, 0, 0), row(0, 0, 1)] })).toContain('fill-opacity="1"');
  });

  test('puts a ring on each row’s largest weight', () => {
    const cell = 22;
    const rings = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(rings).toHaveLength(2);
    expect(rings[1][0] - rings[0][0]).toBeCloseTo(2 * cell);
    expect(rings[1][1] - rings[0][1]).toBeCloseTo(cell);
  });

  test('labels both axes, rotating labels wider than a cell', () => {
    expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)).toEqual([
      '오',
      '월',
      '&lt;/s&gt;',
      '0',
      '5',
    ]);
    expect(svg.match(/rotate\(-90/g)).toHaveLength(1);
    expect(attentionSvg(map, { hasLabels: false })).not.toContain('<text');
  });

  test('is one well-formed element, whatever the tokens are', () => {
    const odd = { source: ['<b>', '"', "'"], target: ['&', '</svg>'], weights: head };
    for (const text of [svg, attentionSvg(odd, { label: '"<&' })]) {
      expect(unbalanced(text)).toEqual([]);
      expect(text.match(/<svg/g)).toHaveLength(1);
    }
  });

  test('shows spaces', () => {
    expect(['▁', '▁man', ' ', ''].map(visibleToken)).toEqual(['·', '·man', '·', 'empty']);
  });

  test('refuses weights of another shape', () => {
    expect(() => attentionSvg({ ...map, weights: [row(1, 0, 0)] })).toThrow(
      'attention map: expected weights [T=2, S=3], got 1 rows of 3 numbers',
    );
    expect(() => attentionSvg({ ...map, weights: [row(1, 0), row(1, 0)] })).toThrow('2 rows of 2 numbers');
  });
});

test('the mean of heads is taken cell by cell', () => {
  expect(meanWeights([head, [row(0.25, 0.25, 0.5), row(1, 0, 0)]])).toEqual([
    row(0.5, 0.25, 0.25),
    row(0.5, 0.0625, 0.4375),
  ]);
  expect(meanWeights([])).toEqual([]);
});
