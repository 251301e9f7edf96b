import { describe, expect, test } from 'vitest';
import { chartText, figures, pageText, percent, powerOfTen } from '../../src/lab/number-text.ts';
import { geometricSpread, showSpread, smoothed, spreadCurve, spreadOf } from '../../src/lab/spread.ts';

describe('a spread', () => {
  test('is mean and range, geometric for orders of magnitude, of every place of a curve', () => {
    expect(spreadOf([1, 2, 6])).toEqual({ mean: 3, min: 1, max: 6 });
    const { mean, min, max } = geometricSpread([1e-4, 1e-2]);
    expect([mean * 1e3, min * 1e4, max * 1e2]).toEqual([1, 1, 1].map((one) => expect.closeTo(one, 10)));
    const curve = spreadCurve([
      [1, 2],
      [3, 2],
    ]);
    expect(curve).toEqual([
      { mean: 2, min: 1, max: 3 },
      { mean: 2, min: 2, max: 2 },
    ]);
    expect(showSpread(curve[0], figures)).toBe('2 (1–3)');
    expect(showSpread(curve[1], figures)).toBe('2');
  });

  test('never averages failures', () => {
    expect(() => spreadOf([1, Number.NaN])).toThrow('spread: expected finite numbers, got NaN, at value 1');
    expect(() => spreadOf([])).toThrow('spread: no values');
  });

  test('windows of a noisy curve become their means, the last as long as it is', () => {
    expect(smoothed([1, 3, 5, 7, 10], 2)).toEqual([2, 6, 10]);
  });
});

test('numbers keep their significant figures, and go to powers of ten when very small or large', () => {
  expect([0.6903, 0.00346, 4.13e-7, -12.34, 1234.5, 5e6, 0].map((value) => figures(value))).toEqual([
    '0.69',
    '0.0035',
    '4.1·10⁻⁷',
    '−12',
    '1,200',
    '5.0·10⁶',
    '0',
  ]);
  expect([percent(0.69), percent(0.1721), percent(1), percent(0.00052)]).toEqual(['69 %', '17 %', '100 %', '0.052 %']);
  expect(powerOfTen(-12)).toBe('10⁻¹²');
});

test('exponents and indices become markup, the rest is escaped', () => {
  expect(pageText('a < 4·10⁻⁷ b')).toBe('a &lt; 4·10<sup>−7</sup> b');
  expect(pageText('1/√d_k, w_i(δ_ij − w_j), max_steps')).toBe(
    '1/√d<sub>k</sub>, w<sub>i</sub>(δ<sub>ij</sub> − w<sub>j</sub>), max_steps',
  );
  expect(pageText('69 % of 10, d = 64, ln 16')).toBe('69\u00a0% of 10, d\u00a0=\u00a064, ln\u00a016');
  expect(chartText('√d_k')).toMatch(/^√d<tspan [^>]+>k<\/tspan>/);
  expect(chartText('10⁻⁷')).toMatch(/^10<tspan [^>]+>−7<\/tspan>/);
});
