/** Weight decay for matrices; none for biases and the scale of norms, the vectors among the parameters. */
export const decaysMatrices = (_: string, shape: readonly number[]): boolean => shape.length > 1;
