/** How batches are filled up so that they have few shapes: each size becomes as large or larger. */
export interface Padding {
  /** The padded length of a batch whose longest text has so many tokens, words or characters; never less for a longer text. */
  readonly length: (tokens: number) => number;
  /** The number of other items of a batch, such as labels that count, with what only fills it up. */
  readonly count: (items: number) => number;
  /** The number of rows that words of characters are packed into, with empty rows. */
  readonly rows: (count: number) => number;
}

/** Texts are padded to the longest, and nothing is filled up. */
export const noPadding: Padding = { length: (tokens) => tokens, count: (items) => items, rows: (count) => count };
