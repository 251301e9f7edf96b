/** The smallest length by which a vector is divided, as in PyTorch's `normalize`. */
const leastLength = 1e-12;

/** Vectors of `width` numbers, one after the other, each divided by its length. */
export function normalized(vectors: Float32Array, width: number): Float32Array {
  const scaled = new Float32Array(vectors.length);
  for (let from = 0; from < vectors.length; from += width) {
    const own = vectors.subarray(from, from + width);
    const length = Math.sqrt(own.reduce((sum, x) => sum + x * x, 0));
    scaled.set(
      own.map((x) => x / Math.max(length, leastLength)),
      from,
    );
  }
  return scaled;
}
