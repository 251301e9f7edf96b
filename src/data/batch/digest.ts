import { createHash } from 'node:crypto';
import type { EncodedPairs } from './encode.ts';

/**
 * Identifies encoded pairs: SHA-256 over their lengths and ids, in order. Other pairs or another order give another
 * digest.
 */
export function pairsDigest(...sets: readonly Pick<EncodedPairs, 'source' | 'target'>[]): string {
  const hash = createHash('sha256');
  for (const { source, target } of sets) {
    for (const side of [source, target]) {
      hash.update(Int32Array.from([side.length, ...side.map((ids) => ids.length)]));
      for (const ids of side) hash.update(ids);
    }
  }
  return hash.digest('hex');
}

/** Identifies texts and their labels; other texts, other labels or another order give another digest. */
export function labelledDigest(
  ...sets: readonly { readonly ids: readonly Int32Array[]; readonly targets: readonly (readonly number[])[] }[]
): string {
  const hash = createHash('sha256');
  for (const { ids, targets } of sets) {
    hash.update(Int32Array.from([ids.length, ...ids.map((one) => one.length), ...targets.map((one) => one.length)]));
    for (const one of ids) hash.update(one);
    hash.update(Float64Array.from(targets.flat()));
  }
  return hash.digest('hex');
}

/** Identifies running texts; other texts or another order give another digest. */
export function textDigest(...texts: readonly Int32Array[]): string {
  const hash = createHash('sha256').update(Int32Array.from([texts.length, ...texts.map(({ length }) => length)]));
  for (const ids of texts) hash.update(ids);
  return hash.digest('hex');
}
