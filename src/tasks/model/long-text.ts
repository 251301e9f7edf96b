/** A note about a text that is cut to the model's positions. */
export const cutNote = (most: number): string => `cut to ${most} tokens, the model's max_position_embeddings`;
