/** Charts: snapshots of each kind, and what they refuse. */
import { describe, expect, test } from 'vitest';
import { barChart } from '../../src/lab/charts/bar-chart.ts';
import { scaleOf, ticksOf } from '../../src/lab/charts/chart.ts';
import { heatMap } from '../../src/lab/charts/heat-map.ts';
import { lineChart } from '../../src/lab/charts/line-chart.ts';
import { figureFile } from '../../src/lab/pages/figure.ts';

const spread = (mean: number, width = 0) => ({ mean, min: mean - width, max: mean + width });

const charts: Record<string, () => string> = {
  line: () =>
    lineChart({
      title: 'Gradients vanish & 기울기가 사라진다',
      x: { label: 'distance' },
      y: { label: 'share', scale: 'log' },
      series: [
        {
          name: 'RNN',
          points: [0, 1, 2, 3].map((x) => ({
            x,
            y: 10 ** (-3 * x),
            low: 10 ** (-3 * x - x / 2),
            high: 10 ** (-3 * x + x / 2),
          })),
        },
        {
          name: 'theory',
          isDashed: true,
          points: [
            { x: 0, y: 1 },
            { x: 3, y: 1e-2 },
          ],
        },
      ],
      rules: [{ y: 1e-5, name: 'noise' }],
    }),
  bar: () =>
    barChart({
      title: 'Accuracy by length',
      x: { label: 'length' },
      y: { label: 'accuracy' },
      groups: ['short', 'long'],
      series: [
        { name: 'attention', values: [spread(0.9, 0.05), spread(0.8, 0.1)] },
        { name: 'none', values: [spread(0.85), spread(0.3, 0.2)] },
      ],
    }),
  heat: () =>
    heatMap({
      title: 'Loss by width and rate',
      x: { label: 'width' },
      y: { label: 'rate' },
      columns: ['32', '64', '128'],
      rows: ['0.1', '0.01'],
      values: [
        [1, 0.5, 0.25],
        [2, 1e-7, 4],
      ],
    }),
};

test.each(Object.keys(charts))('the %s chart is drawn as in the gallery, and again the same', async (kind) => {
  const svg = charts[kind]();
  expect(charts[kind]()).toBe(svg);
  await expect(figureFile({ name: kind, caption: '', svg })).toMatchFileSnapshot(`chart-${kind}.svg`);
});

test.each([
  [
    [3.4, 12],
    [2, 5, 10, 20],
  ],
  [
    [8, 27],
    [5, 10, 20, 50],
  ],
  [
    [1, 10],
    [1, 2, 5, 10],
  ],
  [
    [0.002, 0.07],
    [0.002, 0.005, 0.01, 0.02, 0.05, 0.1],
  ],
])('a logarithmic axis of few powers of ten ends at round places: %j', (values, expected) => {
  const axis = { label: 'time', scale: 'log' } as const;
  const scale = scaleOf(axis, values, [0, 100]);
  expect(ticksOf(axis, scale).map(({ at }) => at)).toEqual(expected);
  expect(scale.domain()).toEqual([expected[0], expected[expected.length - 1]]);
});

describe('a line chart', () => {
  const chart = (y: number, scale: 'linear' | 'log' = 'linear', x = 1) => ({
    title: 't',
    x: { label: 'x' },
    y: { label: 'height', scale },
    series: [
      {
        name: 'a',
        points: [
          { x: 0, y: 1 },
          { x, y },
        ],
      },
    ],
  });

  test('puts higher values higher, and equal ratios at equal distances on a logarithmic axis', () => {
    const { series, ...rest } = chart(1, 'log');
    const svg = lineChart({ ...rest, series: [{ ...series[0], points: [1, 10, 100].map((y, x) => ({ x, y })) }] });
    const heights = [...(svg.match(/<g class="line"><path d="([^"]+)"/)?.[1] ?? '').matchAll(/,([\d.]+)/g)].map(
      ([, y]) => Number(y),
    );
    expect(heights).toHaveLength(3);
    expect(heights[0]).toBeGreaterThan(heights[1]);
    expect(heights[0] - heights[1]).toBeCloseTo(heights[1] - heights[2], 2);
  });

  test.each([
    [
      'a number that is none',
      () => lineChart(chart(Number.NaN)),
      'chart: expected finite numbers, got NaN, at axis "height"',
    ],
    [
      '0 on a logarithmic axis',
      () => lineChart(chart(0, 'log')),
      'chart: expected positive numbers for a logarithmic axis, got 0, at axis "height"',
    ],
    [
      'a place that is none',
      () => lineChart(chart(1, 'linear', Number.POSITIVE_INFINITY)),
      'got Infinity, at axis "x"',
    ],
    [
      'a series without points',
      () => lineChart({ ...chart(1), series: [{ name: 'a', points: [] }] }),
      'chart: expected points, got none, at series "a"',
    ],
  ])('refuses %s', (_, draw, message) => {
    expect(draw).toThrow(message);
  });
});

test('bars need a value for each group, heat maps one for each cell', () => {
  const bars = {
    title: 't',
    x: { label: 'x' },
    y: { label: 'y' },
    groups: ['a', 'b'],
    series: [{ name: 's', values: [spread(1)] }],
  };
  expect(() => barChart(bars)).toThrow('chart: expected 2 values, one for each group, got 1, at series "s"');
  const map = { title: 't', x: { label: 'x' }, y: { label: 'y' }, columns: ['a'], rows: ['b'] };
  expect(() => heatMap({ ...map, values: [[1, 2]] })).toThrow('chart: expected finite numbers [1, 1], got rows of 2');
  expect(() => heatMap({ ...map, values: [[Number.NaN]] })).toThrow('chart: expected finite numbers [1, 1]');
});
