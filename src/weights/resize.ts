/**
 * Numbers with another size on one axis: rows are dropped at the end, or added with the mean of all rows.
 *
 * Source: transformers 5.24.0 modeling_utils.py, `resize_token_embeddings`, whose new rows are drawn around that mean
 * (variance times 1e-9).
 */
export function resized(data: Float32Array, found: readonly number[], expected: readonly number[]): Float32Array {
  const axis = found.findIndex((size, at) => size !== expected[at]);
  const [from, to] = [found[axis], expected[axis]];
  if (from === undefined || to === undefined) return data;
  const product = (sizes: readonly number[]) => sizes.reduce((count, size) => count * size, 1);
  const blocks = product(found.slice(0, axis));
  const width = product(found.slice(axis + 1));
  const result = new Float32Array(blocks * to * width);
  for (let block = 0; block < blocks; block++) {
    const old = data.subarray(block * from * width, (block + 1) * from * width);
    const made = result.subarray(block * to * width, (block + 1) * to * width);
    made.set(old.subarray(0, Math.min(from, to) * width));
    if (to <= from) continue;
    const mean = meanRow(old, from, width);
    for (let row = from; row < to; row++) made.set(mean, row * width);
  }
  return result;
}

function meanRow(rows: Float32Array, count: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let row = 0; row < count; row++) for (let i = 0; i < width; i++) mean[i]! += rows[row * width + i]! / count;
  return mean;
}
