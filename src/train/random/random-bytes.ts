import { randomStream } from '../../data/batch/shuffle.ts';

/**
 * Random bytes that depend only on (seed, name, update, micro-batch): a resumed training draws the same bytes as an
 * uninterrupted one, on any platform.
 *
 * The bytes are the keystream of AES-128 in counter mode; `keyOf` and `counterOf` give the key and the first block.
 * Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
 */
export interface RandomBytes {
  /** Fills `into` for the input `name` of a micro-batch (from 0) in an update (from 1). */
  fill(name: string, update: number, microBatch: number, into: Uint8Array): Promise<void> | void;
}

/** 16 bytes: seed (8), micro-batch (4), 0 (4), big-endian. */
export function keyOf(seed: number, microBatch: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, BigInt(seed));
  view.setUint32(8, microBatch);
  return new Uint8Array(view.buffer);
}

/** 16 bytes: hash of the name (8), update (4), block number (4), big-endian: up to 64 GiB per name and update. */
export function counterOf(name: string, update: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigUint64(0, nameHash(name));
  view.setUint32(8, update);
  return new Uint8Array(view.buffer);
}

/**
 * Uniform numbers in [0, 1) with 53 random bits, the same on every platform. They depend only on seed and name, and
 * serve to initialize parameters.
 */
export function uniformFrom(seed: number, name: string): () => number {
  const random = randomStream(seed, Number(nameHash(name) >> 32n), Number(nameHash(name) & 0xffff_ffffn));
  return () => (random.below(2 ** 27) * 2 ** 26 + random.below(2 ** 26)) / 2 ** 53;
}

const hashes = new Map<string, bigint>();

/** 64 bits of a name's UTF-8 bytes. Source: Fowler, Noll & Vo, FNV-1a. */
function nameHash(name: string): bigint {
  const known = hashes.get(name);
  if (known !== undefined) return known;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  hashes.set(name, hash);
  return hash;
}
