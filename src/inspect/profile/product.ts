import type { RecordedNode } from '../../runtime/backend.ts';

/** The sizes of a matrix product: `batch` times [rows, inner] · [inner, columns]. */
export interface ProductSize {
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const count = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/** The products of two matrices whose sizes follow from the shapes alone. */
const twoMatrices: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'FusedMatMul', 'FusedGemm']);

/**
 * The sizes of a matrix product, whichever of its factors are transposed; undefined for other nodes, and where a size
 * is 0.
 */
export function productSize({ op, inputs: [a, b], outputs: [made] }: RecordedNode): ProductSize | undefined {
  if (!twoMatrices.has(op) || !a || !b || !made || made.shape.length === 0) return undefined;
  const shape = made.shape;
  const columns = b.shape.length < 2 ? 1 : (shape.at(-1) ?? 1);
  const rows = a.shape.length < 2 ? 1 : (shape.at(b.shape.length < 2 ? -1 : -2) ?? 1);
  const batch = count(shape) / (rows * columns);
  const left = count(a.shape.slice(0, -2));
  const inner = count(a.shape) / (rows * left);
  return [batch, rows, inner, columns].every((size) => size > 0) ? { batch, rows, inner, columns } : undefined;
}

/** The floating-point operations of a product: two a multiplication. */
export const flopsOf = ({ batch, rows, inner, columns }: ProductSize): number => 2 * batch * rows * inner * columns;

/** The products of a step together. */
export class ProductSum {
  ms = 0;
  #flops = 0;
  readonly #rows: [rows: number, ms: number][] = [];

  /** Adds `times` executions of a product that took so many ms together. */
  add(size: ProductSize, ms: number, times: number): void {
    this.ms += ms;
    this.#flops += times * flopsOf(size);
    this.#rows.push([size.rows, ms]);
  }

  /** GFLOP/s; 0 without products. */
  get rate(): number {
    return this.ms > 0 ? this.#flops / this.ms / 1e6 : 0;
  }

  /** The number of rows of a product that half of the time is above. */
  get rows(): number {
    let left = this.ms / 2;
    for (const [rows, ms] of this.#rows.toSorted(([a], [b]) => b - a)) {
      left -= ms;
      if (left <= 0) return rows;
    }
    return 0;
  }
}
