/** How the lengths of batches are padded. */
export interface PaddedLengths {
  /**
   * The padded length of a batch whose longest text has so many tokens: as many or more, and never fewer for a longer text.
   * Default: as many.
   */
  paddedLength?: ((tokens: number) => number) | undefined;
}

/** Texts are padded to the longest of them. */
export const unpadded = (tokens: number): number => tokens;
