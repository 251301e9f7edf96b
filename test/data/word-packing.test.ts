import { describe, expect, it } from 'vitest';
import { noPadding } from '../../src/data/batch/padding.ts';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { packWords } from '../../src/data/batch/word-packing.ts';

const words = (...lengths: number[]) => lengths.map((length, i) => new Int32Array(length).fill(i + 1));

describe('words packed into rows', () => {
  it('are complete at their start, with a 0 on either side', () => {
    const random = randomStream(7);
    const all = words(...Array.from({ length: 300 }, () => 1 + random.below(16)));
    const { ids, rows, width, starts } = packWords(all);
    expect([width, ids.length]).toEqual([16, rows * width]);
    all.forEach((word, i) => {
      const [from, to] = [starts[i], starts[i] + word.length];
      expect(Math.floor(from / width)).toBe(Math.floor((to - 1) / width));
      expect(Array.from(ids.subarray(from, to))).toEqual(Array.from(word));
      if (from % width > 0) expect(ids[from - 1]).toBe(0);
      if (to % width > 0) expect(ids[to]).toBe(0);
    });
    expect(ids.reduce((count, id) => count + Number(id > 0), 0)).toBe(all.reduce((sum, { length }) => sum + length, 0));
  });

  it('leave little room empty', () => {
    const random = randomStream(8);
    const all = words(...Array.from({ length: 500 }, () => 1 + random.below(12)));
    const needed = all.reduce((sum, { length }) => sum + length + 1, 0);
    const { rows, width } = packWords(all);
    expect(rows * (width + 1)).toBeLessThan(1.05 * needed);
  });

  it('can be one, none, or without a character', () => {
    expect(packWords(words(3))).toMatchObject({ rows: 1, width: 3, starts: Int32Array.of(0) });
    expect(packWords([])).toMatchObject({ rows: 0, width: 1 });
    const { ids, starts } = packWords(words(0, 2));
    expect(ids[starts[0]]).toBe(0);
    expect(Array.from(ids.subarray(starts[1], starts[1] + 2))).toEqual([2, 2]);
  });

  it('are as wide and as many as the padding makes them', () => {
    const padding = { ...noPadding, length: (longest: number) => longest + 2, rows: (count: number) => count + 3 };
    expect(packWords(words(3, 3, 3), padding)).toEqual({
      ids: Int32Array.of(1, 1, 1, 0, 0, 2, 2, 2, 0, 0, 3, 3, 3, 0, 0, ...Array(15).fill(0)),
      rows: 6,
      width: 5,
      starts: Int32Array.of(0, 5, 10),
    });
  });
});
