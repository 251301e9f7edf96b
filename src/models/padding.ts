/** How batches are filled up so that they have few shapes: lengths and counts are rounded up. */
export interface Padding {
  /** The padded length of a batch whose longest text has so many tokens. */
  length(tokens: number): number;
  /** The number of other items of a batch, such as labels that count, with what only fills it up. */
  count(items: number): number;
  /** The number of rows of characters, with empty ones. */
  rows(count: number): number;
}

/** Texts are padded to the longest, and nothing is filled up. */
export const noPadding: Padding = { length: (tokens) => tokens, count: (items) => items, rows: (count) => count };
