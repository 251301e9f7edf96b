import { expect, test } from 'vitest';
import type { DataPosition } from '../../../src/data/batch/index-stream.ts';
import { byExample, type EncodedRow, type RowSet } from '../../../src/tasks/run/encoded-row.ts';
import { type RowTask, rowTraining } from '../../../src/tasks/run/row-task.ts';
import { indexSource } from '../../../src/train/update/index-source.ts';

/** Three examples; the second is too long for one input and has three rows. */
const rows: readonly EncodedRow[] = [0, 1, 1, 1, 2].map((example, at) => ({ example, size: 2 + at }));
const set: RowSet<EncodedRow> = { samples: 3, rows, where: (row) => `train.tsv:${row + 1}` };

/** A task whose labels are drawn anew in every epoch: here their number is the epoch’s. */
const task: RowTask<EncodedRow, number, RowSet<EncodedRow>> = {
  name: 'the model',
  outputs: () => ({}),
  feeds: () => ({}),
  results: (_, given) => given.map(({ size }) => size),
  batch: (given, epoch) => ({ counts: { labels: 100 * epoch + given.length }, feeds: {} }),
  digested: ({ size }) => ({ ids: new Int32Array(size), targets: [] }),
  scores: (_, results) => ({ loss: results.length }),
};
const model = { setup: { model: { inputs: [] } }, maxTokens: 6 };
const training = rowTraining(() => task, model, { train: set }, { max_tokens_per_batch: 6, seed: 1 });

const batches = (position: DataPosition, count: number) => {
  const source = indexSource(training.train.plan, position, training.train.batch);
  return Array.from({ length: count }, () => [source.next()].flat()).flat();
};

test('every row is read once an epoch, and a batch knows its epoch, also after a resume', () => {
  const perEpoch = training.train.plan(0).length;
  expect(training.train.plan(1)).toHaveLength(perEpoch);
  const all = batches({ epoch: 0, batch: 0 }, 2 * perEpoch);
  const [first, second] = [all.slice(0, perEpoch), all.slice(perEpoch)];
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  for (const part of [first, second]) expect(sum(part.map(({ tokens }) => tokens))).toBe(2 + 3 + 4 + 5 + 6);
  expect(first.every(({ counts }) => counts.labels < 100)).toBe(true);
  expect(second.every(({ counts }) => counts.labels > 100 && counts.labels < 200)).toBe(true);
  expect(batches({ epoch: 0, batch: perEpoch - 1 }, 2)).toEqual(all.slice(perEpoch - 1, perEpoch + 1));
});

test('a row that does not fit into a batch is refused with its place', () => {
  const small = rowTraining(() => task, model, { train: set }, { max_tokens_per_batch: 5, seed: 1 });
  expect(() => small.train.plan(0)).toThrow(/^data train\.tsv:5: every text must fit into a batch/);
});

test('values of rows are joined by example, in order; an example without rows has none', () => {
  expect(byExample(rows, ['a', 'b', 'c', 'd', 'e'], 4)).toEqual([['a'], ['b', 'c', 'd'], ['e'], []]);
});
