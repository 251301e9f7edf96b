import { weightSteps } from '../ops/index.ts';

/** The rows of a matrix, 0, or its columns, 1. */
export type MatrixAxis = 0 | 1;

/** A matrix of int8 with a scale for each row or each column; its numbers are data · scale. */
export class QuantizedMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** Row-major. */
  readonly data: Int8Array;
  /** A number for each row or each column. */
  readonly scale: Float32Array;
  /** What has a scale. */
  readonly axis: MatrixAxis;
  #transposed: QuantizedMatrix | undefined;

  constructor(shape: readonly [number, number], data: Int8Array, scale: Float32Array, axis: MatrixAxis) {
    this.shape = shape;
    this.data = data;
    this.scale = scale;
    this.axis = axis;
  }

  /**
   * Rounds numbers to steps of max |x|/64 of their row or column, halves up. A power of two, so that the numbers of a
   * quantized matrix give the same matrix again, bit for bit.
   */
  static of(numbers: Float32Array, shape: readonly [number, number], axis: MatrixAxis): QuantizedMatrix {
    const [rows, columns] = shape;
    const ofRows = axis === 0;
    const scale = new Float32Array(shape[axis]);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const k = ofRows ? i : j;
        scale[k] = Math.max(scale[k], Math.abs(numbers[at]));
      }
    }
    for (let k = 0; k < scale.length; k++) scale[k] /= weightSteps;
    const data = new Int8Array(numbers.length);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const step = scale[ofRows ? i : j];
        // Equal to Math.round and several times faster: a quotient of two float32 is 1/2 − 2⁻⁵⁴, where the sum would be
        // rounded up, for no numbers.
        if (step !== 0) data[at] = Math.floor(numbers[at] / step + 0.5);
      }
    }
    return new QuantizedMatrix(shape, data, scale, axis);
  }

  /** The numbers, row-major. */
  widened(): Float32Array {
    const { data, scale } = this;
    const [rows, columns] = this.shape;
    const ofRows = this.axis === 0;
    const numbers = new Float32Array(data.length);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) numbers[at] = data[at] * scale[ofRows ? i : j];
    }
    return numbers;
  }

  /** Made once. */
  transposed(): QuantizedMatrix {
    const [rows, columns] = this.shape;
    if (!this.#transposed) {
      const data = new Int8Array(this.data.length);
      for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[j * rows + i] = this.data[i * columns + j];
      this.#transposed = new QuantizedMatrix([columns, rows], data, this.scale, this.axis === 0 ? 1 : 0);
    }
    return this.#transposed;
  }
}

/**
 * A model's weights, some of them quantized. As a map it has the numbers of all, in float32: those of a quantized weight
 * are widened each time they are read.
 */
export class QuantizedWeights implements ReadonlyMap<string, Float32Array> {
  readonly #weights: ReadonlyMap<string, Float32Array | QuantizedMatrix>;

  constructor(weights: ReadonlyMap<string, Float32Array | QuantizedMatrix>) {
    this.#weights = weights;
  }

  /** The quantized weight of this name; undefined for one in float32. */
  matrix(name: string): QuantizedMatrix | undefined {
    const weight = this.#weights.get(name);
    return weight instanceof QuantizedMatrix ? weight : undefined;
  }

  get size(): number {
    return this.#weights.size;
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  get(name: string): Float32Array | undefined {
    const weight = this.#weights.get(name);
    return weight instanceof QuantizedMatrix ? weight.widened() : weight;
  }

  keys(): MapIterator<string> {
    return this.#weights.keys();
  }

  *entries(): MapIterator<[string, Float32Array]> {
    for (const name of this.keys()) yield [name, this.get(name) as Float32Array];
  }

  *values(): MapIterator<Float32Array> {
    for (const [, numbers] of this.entries()) yield numbers;
  }

  [Symbol.iterator](): MapIterator<[string, Float32Array]> {
    return this.entries();
  }

  forEach(visit: (numbers: Float32Array, name: string, map: ReadonlyMap<string, Float32Array>) => void): void {
    for (const [name, numbers] of this.entries()) visit(numbers, name, this);
  }
}

/** How many numbers a weight has, without widening them; undefined if there is none of this name. */
export function weightLength(weights: ReadonlyMap<string, Float32Array>, name: string): number | undefined {
  const matrix = weights instanceof QuantizedWeights ? weights.matrix(name) : undefined;
  return (matrix?.data ?? weights.get(name))?.length;
}
