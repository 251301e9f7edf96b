/** A stream of uniform random integers. */
export interface RandomStream {
  /** A uniform integer in [0, `bound`), `bound` ≤ 2³². */
  below(bound: number): number;
}

/**
 * A deterministic stream for a key, such as (seed, epoch); different keys give unrelated streams.
 *
 * The state is filled by the finaliser of MurmurHash3 over the key's words; each draw is one step of xoshiro128**.
 * Bounded draws reject the incomplete last interval, so they are exactly uniform.
 *
 * Source: Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators" (xoshiro128**); Appleby,
 * MurmurHash3 (`fmix32`), with Weyl increments as in SplitMix (Steele et al. 2014).
 */
export function randomStream(...key: readonly number[]): RandomStream {
  let hash = 0;
  const absorb = (word: number): number => (hash = fmix32((hash + 0x9e3779b9) ^ word));
  for (const part of key) {
    absorb(part >>> 0);
    absorb(Math.floor(part / 2 ** 32) >>> 0);
  }
  let [a, b, c, d] = [absorb(0), absorb(1), absorb(2), absorb(3) | 1];
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  return {
    below(bound) {
      const limit = 2 ** 32 - (2 ** 32 % bound);
      for (;;) {
        const draw = next();
        if (draw < limit) return draw % bound;
      }
    },
  };
}

/** Shuffles `items` in place; every order is equally likely. Source: Durstenfeld 1964, Algorithm 235. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(items: T, random: RandomStream): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}

/** One of `items`, each equally likely. @throws {RangeError} when `items` is empty. */
export function choice<T>(items: readonly T[], random: RandomStream): T {
  if (items.length === 0) throw new RangeError('choice: expected items to choose from, got none');
  return items[random.below(items.length)] as T;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function fmix32(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
