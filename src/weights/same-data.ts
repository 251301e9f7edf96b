/** Whether every number is the same; NaN equals NaN, and 0 does not equal −0. */
export function isSameData(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
