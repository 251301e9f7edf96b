import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomStream, shuffle } from '../../src/data/batch/shuffle.ts';

describe('a random stream', () => {
  const draws = (...key: number[]): number[] => {
    const random = randomStream(...key);
    return Array.from({ length: 64 }, () => random.below(2 ** 32));
  };

  it('repeats itself for the same key, and differs for near keys, orders and high words', () => {
    expect(draws(1, 2)).toEqual(draws(1, 2));
    const keys = [[1, 2], [2, 1], [1, 3], [1], [1, 2, 0], [1 + 2 ** 32, 2], [0], [-1]];
    const heads = keys.map((key) => draws(...key).join());
    expect(new Set(heads).size).toBe(keys.length);
  });

  it('draws every number below the bound about equally often (χ² below its 99.99 % point)', () => {
    const random = randomStream(2024);
    const counts = new Array(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]++;
    const chiSquared = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(33.7);
  });

  it('sets each of its 32 bits half of the time', () => {
    const random = randomStream(5);
    const set = new Array(32).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const draw = random.below(2 ** 32);
      for (let bit = 0; bit < 32; bit++) set[bit] += Math.floor(draw / 2 ** bit) % 2;
    }
    for (const count of set) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(5_000));
  });
});

describe('shuffling', () => {
  it('keeps every item', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
        const shuffled = shuffle([...items], randomStream(seed));
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });

  it('gives each of the 24 orders of 4 items about equally often', () => {
    const random = randomStream(9);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = shuffle([0, 1, 2, 3], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});
