import { constantTensor, type Dim, gather, type Tensor } from '../../graph/index.ts';
import { slice } from '../../ops/index.ts';
import { normal } from '../initializer.ts';
import type { Scope } from '../scope.ts';

/**
 * Sinusoidal positions with the sines in the first half and the cosines in the second, as in Marian:
 * row p = [sin(p/10000^(2i/D)) for i < D/2] ++ [cos(…)]. [rows, width], row-major.
 *
 * Source: Vaswani et al. 2017, section 3.5, where sines and cosines alternate.
 */
export function sinusoidTable(rows: number, width: number): Float64Array {
  const table = new Float64Array(rows * width);
  const half = Math.ceil(width / 2);
  for (let i = 0; i < width; i++) {
    const k = i < half ? i : i - half;
    const divisor = 10000 ** ((2 * k) / width);
    const wave = i < half ? Math.sin : Math.cos;
    for (let p = 0; p < rows; p++) table[p * width + i] = wave(p / divisor);
  }
  return table;
}

/** A table of positions as a constant, [rows, D]. */
export const sinusoidalPositions = (rows: number, width: number): Tensor =>
  constantTensor(sinusoidTable(rows, width), [rows, width]);

/** A table of learned positions, [rows, D]. */
export const learnedPositions = (scope: Scope, rows: number, width: number): Tensor =>
  scope.parameter('weight', [rows, width], normal(0, 0.02), { part: 'positions' });

/** The first `time` rows of a position table, or the rows at `positions` (int32 [N]). [time, D]. */
export const positionRows = (table: Tensor, time: Dim, positions?: Tensor): Tensor =>
  positions ? gather(table, positions) : slice(table, { axis: 0, start: 0, end: time });
