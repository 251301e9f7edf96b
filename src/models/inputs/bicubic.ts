/** The form of the cubic between two samples; PyTorch's. */
const a = -0.75;

/** The weight of a sample at a distance. Source: Keys 1981, eq. 15. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/**
 * Bicubic interpolation along one axis as a matrix, [to, from], which is multiplied by samples [from, …]. Beyond an end the
 * sample at the end repeats. There is no antialiasing; an equal size gives the identity.
 *
 * Source: PyTorch's `interpolate` with `mode='bicubic'`, `align_corners=False`.
 */
export function bicubicMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const place = ((row + 0.5) * from) / to - 0.5;
    const before = Math.floor(place);
    for (let sample = before - 1; sample <= before + 2; sample++) {
      const column = Math.min(Math.max(sample, 0), from - 1);
      matrix[row * from + column] += cubic(place - sample);
    }
  }
  return matrix;
}
