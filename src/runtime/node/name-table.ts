import type { Address, OrtLibrary } from './ort-library.ts';

/** NUL-terminated UTF-8 strings, concatenated, and their offsets. */
export class NameTable {
  readonly #memory: Uint8Array;
  readonly #addresses = new Map<string, Address>();

  constructor(library: OrtLibrary, names: readonly string[]) {
    this.#memory = new TextEncoder().encode(`${names.join('\0')}\0`);
    let next = library.address(this.#memory);
    for (const name of names) {
      this.#addresses.set(name, next);
      next += BigInt(Buffer.byteLength(name) + 1);
    }
  }

  /** The addresses of some of the names; valid as long as the table is referenced. */
  pointers(names: readonly string[]): BigUint64Array {
    return BigUint64Array.from(names, (name) => this.#addresses.get(name)!);
  }
}
