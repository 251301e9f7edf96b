import { describe, expect, it } from 'vitest';
import { counterOf, keyOf, type RandomBytes, uniformFrom } from '../../../src/train/random/random-bytes.ts';
import { nodeRandomBytes } from '../../../src/train/random/random-bytes-node.ts';
import { webRandomBytes } from '../../../src/train/random/random-bytes-web.ts';

async function draw(random: RandomBytes, name: string, update: number, microBatch: number, count: number) {
  const into = new Uint8Array(count);
  await random.fill(name, update, microBatch, into);
  return into;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('random bytes', () => {
  it.each([1, 16, 1000, 65_536, 200_001])('are the same from Node and from WebCrypto: %d of them', async (count) => {
    for (const [seed, update, microBatch] of [
      [0, 1, 0],
      [42, 7, 3],
      [Number.MAX_SAFE_INTEGER, 4_000_000_000, 1],
    ]) {
      const node = await draw(nodeRandomBytes(seed), 'random/encoder.layers.0', update, microBatch, count);
      const web = await draw(webRandomBytes(seed), 'random/encoder.layers.0', update, microBatch, count);
      expect(Buffer.compare(node, web)).toBe(0);
    }
  });

  it('never change between releases: a resumed training would not be the same', async () => {
    expect(hex(await draw(nodeRandomBytes(42), 'random/encoder.layers.0', 7, 3, 16))).toBe(
      '5952842c596cd8f5b467bcd4443c8c0a',
    );
  });

  it('differ by seed, name, update and micro-batch', async () => {
    const draws = await Promise.all([
      draw(nodeRandomBytes(1), 'a', 1, 0, 32),
      draw(nodeRandomBytes(2), 'a', 1, 0, 32),
      draw(nodeRandomBytes(1), 'b', 1, 0, 32),
      draw(nodeRandomBytes(1), 'a', 2, 0, 32),
      draw(nodeRandomBytes(1), 'a', 1, 1, 32),
    ]);
    expect(new Set(draws.map(hex)).size).toBe(draws.length);
  });

  it('are a prefix of the longer draw for the same place', async () => {
    const short = await draw(nodeRandomBytes(5), 'x', 1, 0, 70_000);
    const long = await draw(nodeRandomBytes(5), 'x', 1, 0, 140_000);
    expect(Buffer.compare(short, long.subarray(0, 70_000))).toBe(0);
  });

  it('overwrite what the memory held, and nothing beside it', async () => {
    for (const random of [nodeRandomBytes(9), webRandomBytes(9)]) {
      const memory = new Uint8Array(64).fill(255);
      await random.fill('x', 1, 0, memory.subarray(8, 40));
      expect(hex(memory.subarray(8, 40))).toBe(hex(await draw(random, 'x', 1, 0, 32)));
      expect([...memory.subarray(0, 8), ...memory.subarray(40)].every((byte) => byte === 255)).toBe(true);
    }
  });

  it('are uniform: χ² over 2²⁰ of them lies where 255 degrees of freedom put it', async () => {
    const counts = new Array(256).fill(0);
    for (const byte of await draw(nodeRandomBytes(3), 'x', 1, 0, 2 ** 20)) counts[byte]++;
    const expected = 2 ** 12;
    const chi = counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
    expect(Math.abs(chi - 255)).toBeLessThan(4 * Math.sqrt(2 * 255));
  });

  it('have keys and first blocks that leave 4 bytes for the number of the block', () => {
    expect(hex(keyOf(258, 5))).toBe('00000000000001020000000500000000');
    // FNV-1a of "a", from the authors' table of test vectors.
    expect(hex(counterOf('a', 1))).toBe('af63dc4c8601ec8c0000000100000000');
  });
});

describe('uniformFrom', () => {
  const take = (count: number, seed: number, name: string): number[] => {
    const draw = uniformFrom(seed, name);
    return Array.from({ length: count }, draw);
  };

  it('gives numbers in [0, 1) with the mean and variance of a uniform one', () => {
    const numbers = take(20_000, 42, 'encoder.weight');
    expect(numbers.every((x) => x >= 0 && x < 1)).toBe(true);
    const mean = numbers.reduce((a, b) => a + b) / numbers.length;
    const variance = numbers.reduce((total, x) => total + (x - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / numbers.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / numbers.length));
  });

  it('uses 53 bits', () => {
    expect(take(1000, 1, 'w').some((x) => (x * 2 ** 53) % 2 === 1)).toBe(true);
  });

  it('depends on seed and name, and on nothing else', () => {
    expect(take(3, 1, 'w')).toEqual(take(3, 1, 'w'));
    expect(take(3, 1, 'w')).not.toEqual(take(3, 2, 'w'));
    expect(take(3, 1, 'w')).not.toEqual(take(3, 1, 'v'));
  });

  it('never changes between releases: a seed would not give the same model', () => {
    expect(take(2, 42, 'encoder.weight')).toEqual([0.09171462538317676, 0.30703738334335506]);
  });
});
