/** No place follows, or no token ends here. */
export const NONE = -1;

/** The root of a {@link TokenTree}. */
export const ROOT = 0;

/**
 * A tree of tokens by their UTF-16 units. Places are numbers, and what follows each is in one hash table: a vocabulary of
 * 250,000 tokens has a million places, which as objects take seconds to collect.
 */
export class TokenTree {
  readonly #mask: number;
  readonly #places: Int32Array;
  readonly #units: Uint16Array;
  readonly #next: Int32Array;
  readonly #ids: Int32Array;
  #size = 1;

  /** The id of a token is its number in the list; of equal ones, the last. An empty one is left out. */
  constructor(tokens: readonly string[]) {
    const most = tokens.reduce((sum, { length }) => sum + length, 1);
    // At most half full.
    const capacity = 2 ** Math.ceil(Math.log2(2 * most));
    this.#mask = capacity - 1;
    this.#places = new Int32Array(capacity).fill(NONE);
    this.#units = new Uint16Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#ids = new Int32Array(most).fill(NONE);
    tokens.forEach((token, id) => {
      let place = ROOT;
      for (let at = 0; at < token.length; at++) place = this.#grow(place, token.charCodeAt(at));
      if (place !== ROOT) this.#ids[place] = id;
    });
  }

  /** The place after `place` by a unit; {@link NONE} when no token goes there. */
  next(place: number, unit: number): number {
    const slot = this.#slot(place, unit);
    return this.#places[slot] === NONE ? NONE : this.#next[slot];
  }

  /** The id of the token that ends at a place; {@link NONE} when none does. */
  idAt(place: number): number {
    return this.#ids[place];
  }

  /** Where the table has, or would have, what follows `place` by a unit. */
  #slot(place: number, unit: number): number {
    let slot = (Math.imul(place, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#places[slot] !== NONE && (this.#places[slot] !== place || this.#units[slot] !== unit)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(place: number, unit: number): number {
    const slot = this.#slot(place, unit);
    if (this.#places[slot] === NONE) {
      this.#places[slot] = place;
      this.#units[slot] = unit;
      this.#next[slot] = this.#size++;
    }
    return this.#next[slot];
  }
}
