/** A note about a text that is cut to the model's positions. */
export const cutNote = (most: number): string => `cut to ${most} tokens, the model's max_position_embeddings`;

/** The first tokens of a text and its last one, the end token. */
export function cutTokens(ids: readonly number[], most: number): readonly number[] {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ...ids.slice(-1)];
}
