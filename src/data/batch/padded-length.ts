/** How the lengths of batches are padded. */
export interface PaddedLengths {
  /**
   * The length that the texts of a batch are padded to, of which the longest has so many tokens: as many or more, and never
   * fewer for a longer one. Default: as many.
   */
  paddedLength?: ((tokens: number) => number) | undefined;
}

/** Texts are padded to the longest of them. */
export const unpadded = (tokens: number): number => tokens;
