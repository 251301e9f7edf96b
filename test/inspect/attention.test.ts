import { describe, expect, test } from 'vitest';
import { meanWeights } from '../../src/inspect/attention-map.ts';
import { type AttentionExample, attentionPage } from '../../src/inspect/attention-page.ts';
import { attentionSvg, visibleToken } from '../../src/inspect/attention-svg.ts';
import { unbalanced } from './unbalanced.ts';

const row = (...numbers: number[]) => Float32Array.from(numbers);
const head = [row(0.75, 0.25, 0), row(0, 0.125, 0.875)];
const map = { source: ['오', '월', '</s>'], target: ['0', '5'], weights: head };

const example = (fields: Partial<AttentionExample> = {}): AttentionExample => ({
  input: '오월',
  output: '05',
  reference: '05',
  source: map.source,
  target: map.target,
  layers: [
    [head, [row(0, 1, 0), row(0, 0, 1)]],
    [[row(1, 0, 0), row(1, 0, 0)], head],
  ],
  ...fields,
});

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

describe('a page', () => {
  const page = attentionPage([example(), example({ output: '06', reference: '05' })], {
    title: 'A & B',
    lead: 'Lead <1>',
    facts: { 'exact match': '50 %' },
  });

  test('has for each example the mean and every head of every layer', () => {
    expect(page.match(/<section class="example"/g)).toHaveLength(2);
    expect(page.match(/<svg [^>]*class="attention"/g)).toHaveLength(2 * (1 + 4));
    expect(page.match(/layer 2 · head 1<\/figcaption>/g)).toHaveLength(2);
    expect(page).toContain('0 ← 오: 0.625');
  });

  test('shows a model of one head one map, and speaks of no others', () => {
    const single = attentionPage([example({ layers: [[head]] })], { title: 't' });
    expect(single.match(/<svg [^>]*class="attention"/g)).toHaveLength(1);
    expect(single.replace(/<style>[\s\S]*?<\/style>/, '')).not.toContain('heads');
    expect(unbalanced(single.replace(/<style>[\s\S]*?<\/style>/, ''))).toEqual([]);
  });

  test('explains labels of bytes where they occur, each kind once', () => {
    expect(page).not.toMatch(/bytes of a character|not part of a character/);
    const bytes = attentionPage([example({ source: ['늘(1/2)', '늘(2/2)', '<0xEB>'] })], { title: 't' });
    expect(bytes).toContain('늘(1/2) is one of several tokens that share the bytes of a character.');
    expect(bytes).toContain('&lt;0xEB&gt; is a byte that is not part of a character.');
    expect(bytes.match(/one of several tokens/g)).toHaveLength(1);
  });

  test('says which results are right', () => {
    expect(page).toContain('>as expected<');
    expect(page).toContain('>expected 05<');
    expect(attentionPage([example({ reference: undefined })], { title: 't' })).not.toContain('expected');
  });

  test('loads nothing, runs nothing, and forbids both', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=|\ssrc=|\shref=/i);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  test('is well-formed, its texts escaped', () => {
    expect(unbalanced(page.replace(/<style>[\s\S]*?<\/style>/, ''))).toEqual([]);
    expect(page).toContain('<h1>A &amp; B</h1>');
    expect(page).toContain('Lead &lt;1&gt;');
    expect(page).toContain('prefers-color-scheme: dark');
  });
});
