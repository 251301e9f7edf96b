/** Weight decay applies to matrices, but not to vectors: biases and the scales of norms. */
export const decaysMatrices = (_: string, shape: readonly number[]): boolean => shape.length > 1;
