import { counterOf, keyOf, type RandomBytes } from './random-bytes.ts';

/** Random bytes from WebCrypto, equal to those of `nodeRandomBytes`. */
export function webRandomBytes(seed: number): RandomBytes {
  const keys = new Map<number, Promise<CryptoKey>>();
  const keyFor = (microBatch: number): Promise<CryptoKey> => {
    const known = keys.get(microBatch);
    if (known) return known;
    const made = globalThis.crypto.subtle.importKey('raw', keyOf(seed, microBatch), 'AES-CTR', false, ['encrypt']);
    keys.set(microBatch, made);
    return made;
  };
  return {
    async fill(name, update, microBatch, into) {
      const counter = { name: 'AES-CTR', counter: counterOf(name, update), length: 32 };
      const key = await keyFor(microBatch);
      into.set(new Uint8Array(await globalThis.crypto.subtle.encrypt(counter, key, new Uint8Array(into.length))));
    },
  };
}
