/** Tables of the laboratory's pages in a browser, with more columns and longer numbers than any experiment has today. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lineChart } from '../../src/lab/charts/line-chart.ts';
import type { Finding } from '../../src/lab/experiment.ts';
import { experimentPage, indexPage } from '../../src/lab/pages/page.ts';
import { resultOf } from '../../src/lab/pages/result.ts';
import { openReader, type Reader, windowWidths } from '../browser/reader.ts';

const heading = { title: 'Normalisation', claim: 'A claim of one sentence.', source: 'Author 1997' };
const columns = [
  'model',
  'parameters',
  'numbers kept while writing',
  'sentences until the loss is halved',
  'multiply-adds a token, T = 256',
  ...[4, 8, 12, 16].map((n) => `whole, ${n} words`),
];
const cells = [
  '133,219',
  '145·T + 48',
  '12,345 (10,000–13,000)',
  '1.2·10⁻⁷ (1.0·10⁻⁸–1.4·10⁻⁷)',
  ...Array(4).fill('69 % (65 %–72 %)'),
];
const svg = lineChart({
  title: 'A line',
  x: { label: 'x' },
  y: { label: 'y' },
  series: [
    {
      name: 'one',
      points: [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ],
    },
  ],
});
const finding: Finding = {
  isShown: true,
  says: 'It is so.',
  explanation: ['Because.'],
  method: ['Thus.'],
  figures: [{ name: 'line', caption: 'A line.', svg }],
  tables: [
    {
      caption: 'Everything',
      columns,
      rows: ['greatest, scores · 4 after training', 'LSTM'].map((name) => [name, ...cells]),
    },
    { caption: 'Half of it', columns: columns.slice(0, 5), rows: [['residual, no norm', ...cells.slice(0, 4)]] },
    { caption: 'Little', columns: columns.slice(0, 2), rows: [['one', '2']] },
  ],
  data: {},
};
const result = resultOf(
  { ...heading, name: 'one', run: () => Promise.resolve(finding) },
  finding,
  { seeds: [0], budget: 0.05 },
  1,
);

let reader: Reader;
beforeAll(async () => {
  reader = await openReader();
});
afterAll(() => reader.close());

test.each(windowWidths)(
  'nothing of an experiment’s page or of the index is cut off in a window of %d pixels',
  async (width) => {
    expect(await reader.cutOff(experimentPage(result, finding), width)).toEqual([]);
    expect(await reader.cutOff(indexPage([result, result], new Map([['one', svg]])), width)).toEqual([]);
  },
);
