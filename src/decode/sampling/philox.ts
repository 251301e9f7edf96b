/** Four 32-bit words. */
type Block = readonly [number, number, number, number];

const [multiplierA, multiplierB] = [0xd2511f53, 0xcd9e8d57];
const [weylA, weylB] = [0x9e3779b9, 0xbb67ae85];
const rounds = 10;

/** The upper 32 bits of a·b, both unsigned 32-bit. */
function highProduct(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16);
}

/**
 * Philox-4×32 with ten rounds: a random block that is a function of a counter and a key, without state.
 *
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
 */
export function philox(counter: Block, key: readonly [number, number]): Block {
  let [a, b, c, d] = counter;
  let [k, l] = key;
  for (let round = 0; round < rounds; round++) {
    const [highA, lowA] = [highProduct(a, multiplierA), Math.imul(a, multiplierA)];
    const [highB, lowB] = [highProduct(c, multiplierB), Math.imul(c, multiplierB)];
    [a, b, c, d] = [(highB ^ b ^ k) >>> 0, lowB >>> 0, (highA ^ d ^ l) >>> 0, lowA >>> 0];
    k = (k + weylA) >>> 0;
    l = (l + weylB) >>> 0;
  }
  return [a, b, c, d];
}

/** A uniform number in [0, 1) with 53 random bits, for a seed below 2⁵³ and a counter of up to three words. */
export function uniform(seed: number, counter: readonly [number, number, number]): number {
  const [high, low] = philox([...counter, 0], [seed >>> 0, Math.floor(seed / 2 ** 32)]);
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}
