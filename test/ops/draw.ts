/** Uniform numbers in [0, 1) that depend on nothing but `seed`. */
export function draw(seed: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 16777619);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 2246822519);
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** `count` uniform float32 numbers in [−1, 1). */
export function drawFloats(seed: string, count: number): Float32Array {
  const next = draw(seed);
  return Float32Array.from({ length: count }, () => 2 * next() - 1);
}
