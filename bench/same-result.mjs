/** Whether two results are equal, apart from what numbers differ by when a sum has another order. */
export function isSameResult(a, b) {
  if (typeof a === 'number') return Math.abs(a - b) < 1e-5;
  if (typeof a !== 'object' || a === null) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b ?? {}).length && names.every((name) => isSameResult(a[name], b[name]));
}
