/** When the claims about recurrent nets count as shown, on made-up numbers. */
import { describe, expect, test } from 'vitest';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { isFutureShown } from '../../src/lab/experiments/directions/run.ts';
import { isAccumulating, isBetterFree, truthAt } from '../../src/lab/experiments/exposure-bias/run.ts';
import { isBottleneckShown } from '../../src/lab/experiments/length/run.ts';
import { spreadOf } from '../../src/lab/spread.ts';
import { classes, offsets, reach, tagBatch } from '../../src/lab/toys/neighbour-tagger.ts';

test('the bottleneck shows when every seed loses half of the long sentences without attention, and keeps them with it', () => {
  const ends = (short: readonly number[], long: readonly number[]) => ({
    short: spreadOf(short),
    long: spreadOf(long),
  });
  const kept = ends([1, 0.98], [0.95, 0.9]);
  const lost = ends([0.9, 0.8], [0, 0.3]);
  expect(isBottleneckShown(lost, kept)).toBe(true);
  expect(isBottleneckShown(ends([0.9, 0.8], [0, 0.41]), kept)).toBe(false);
  expect(isBottleneckShown(lost, ends([1, 0.98], [0.95, 0.85]))).toBe(false);
  expect(isBottleneckShown(ends([0, 0], [0, 0]), ends([0, 0], [0, 0]))).toBe(false);
});

describe('exposure bias', () => {
  const high = new Array(8).fill(0.9);

  test('errors accumulate if true words help more at the end than at the beginning', () => {
    expect(isAccumulating({ forced: high, free: [0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7, 0.6] })).toBe(true);
    expect(isAccumulating({ forced: high, free: new Array(8).fill(0.5) })).toBe(false);
    expect(isAccumulating({ forced: [...high].fill(0.4, 4), free: [...high].fill(0.4, 4) })).toBe(false);
  });

  test('sampling helps if every seed gets more words right after its own', () => {
    const runs = (...means: readonly number[]) => means.map((value) => ({ free: [value, value] }));
    expect(isBetterFree(runs(0.6, 0.7), runs(0.61, 0.71))).toBe(true);
    expect(isBetterFree(runs(0.6, 0.7), runs(0.9, 0.7))).toBe(false);
  });

  test('true words are read less and less, down to a quarter', () => {
    expect([0, 0.4, 0.8, 1].map(truthAt)).toEqual([1, 0.625, 0.25, 0.25]);
  });
});

describe('directions', () => {
  /** Accuracy by offset of one seed of the words before, at, and after a word. */
  const seed = (before: number, after: number) => offsets.map((offset) => (offset > 0 ? after : before));

  test('the future shows when one direction guesses it, two name it, and the past stays', () => {
    expect(isFutureShown([seed(1, 0.25), seed(1, 0.29)], [seed(0.95, 0.9), seed(0.95, 0.99)])).toBe(true);
    expect(isFutureShown([seed(1, 0.25), seed(1, 0.31)], [seed(0.95, 0.9), seed(0.95, 0.99)])).toBe(false);
    expect(isFutureShown([seed(1, 0.25)], [seed(1, 0.79)])).toBe(false);
    expect(isFutureShown([seed(1, 0.25)], [seed(0.85, 1)])).toBe(false);
  });

  test.each([0, reach])('tags are the classes of the neighbours, %d words late', (delay) => {
    const [rows, time] = [3, 12];
    const { input_ids, labels } = tagBatch(randomStream(0), rows, time, { delay });
    const asked = [...labels.data.entries()].filter(([, label]) => Number(label) >= 0);
    expect(asked).toHaveLength(rows * (time - 2 * reach) * offsets.length);
    for (const [i, label] of asked) {
      const place = Math.floor(i / offsets.length);
      const neighbour = place - delay + offsets[i % offsets.length];
      expect(Math.floor(neighbour / time)).toBe(Math.floor(place / time));
      expect(Number(label)).toBe(Number(input_ids.data[neighbour]) % classes);
    }
  });
});
