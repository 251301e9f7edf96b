import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { int32Data, type Tensor } from '../../weights/tensor.ts';

/** Integers, row-major: token ids, a mask or labels. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Int32Array;
}

/** The label that losses ignore, as in PyTorch. */
export const ignoredLabel = -100;

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** A matrix for the engine: int32 [rows, columns]. */
export const hostMatrix = ({ rows, columns, data }: Matrix): HostTensor => ({
  type: 'int32',
  shape: [rows, columns],
  data,
});

/** The original inputs of a forward pass, by name; each method checks what it reads. */
export class GivenInputs {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  /** @throws {InputError} for a name that is not an input of the model. */
  constructor(tensors: ReadonlyMap<string, Tensor>, names: readonly string[]) {
    for (const name of tensors.keys()) {
      if (names.includes(name)) continue;
      throw new InputError(`inputs: expected ${names.join(', ')}, got "${name}"${didYouMean(name, names)}`);
    }
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Integers [batch, time], or undefined if absent. @throws {InputError} for another shape, or fractions. */
  matrix(name: string): Matrix | undefined {
    const tensor = this.#tensors.get(name);
    if (!tensor) return undefined;
    const { shape } = tensor;
    if (shape.length !== 2 || shape.includes(0)) {
      throw new InputError(`inputs ${name}: expected shape [batch, time] without 0, got ${shown(shape)}`);
    }
    return { rows: shape[0], columns: shape[1], data: int32Data(tensor, name) };
  }

  /** As {@link matrix}, for a required input. */
  needed(name: string): Matrix {
    const matrix = this.matrix(name);
    if (matrix) return matrix;
    throw new InputError(`inputs: expected ${name}, got ${[...this.#tensors.keys()].join(', ') || 'none'}`);
  }

  /** Integers of a shape. @throws {InputError} for another one, or fractions. */
  integers(name: string, shape: readonly number[]): Int32Array {
    return int32Data(this.#ofShape(name, shape), name);
  }

  /** Numbers of a shape, fractions or not. @throws {InputError} for another one. */
  fractions(name: string, shape: readonly number[]): Float32Array {
    return Float32Array.from(this.#ofShape(name, shape).data, Number);
  }

  /** A mask: 1 for text, 0 for padding; all ones if absent. @throws {InputError} for other values. */
  mask(name: string, like: Matrix, ofLike: string): Matrix {
    const { rows, columns } = like;
    const mask = this.matrix(name) ?? { rows, columns, data: new Int32Array(rows * columns).fill(1) };
    checkSameShape(name, mask, ofLike, like);
    checkNumbers(name, mask, (n) => n === 0 || n === 1, '0 or 1');
    return mask;
  }

  #ofShape(name: string, shape: readonly number[]): Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor && tensor.shape.join() === shape.join()) return tensor;
    throw new InputError(
      `inputs ${name}: expected shape ${shown(shape)}, got ${tensor ? shown(tensor.shape) : 'no such input'}`,
    );
  }
}

/** @throws {InputError} for the first number that is not allowed, with its place. */
export function checkNumbers(
  name: string,
  { columns, data }: Matrix,
  isAllowed: (n: number) => boolean,
  rule: string,
): void {
  const at = data.findIndex((n) => !isAllowed(n));
  if (at < 0) return;
  throw new InputError(
    `inputs ${name}: expected ${rule}, got ${data[at]}, at [${Math.floor(at / columns)}, ${at % columns}]`,
  );
}

/** @throws {InputError} for an id outside the vocabulary, or more tokens than the model has positions. */
export function checkTokens(name: string, ids: Matrix, vocabulary: number, maxTokens: number): void {
  const rule = `token ids in 0 … ${vocabulary - 1} (vocab_size ${vocabulary})`;
  checkNumbers(name, ids, (id) => id >= 0 && id < vocabulary, rule);
  if (ids.columns <= maxTokens) return;
  throw new InputError(
    `inputs ${name}: expected at most ${maxTokens} tokens (max_position_embeddings), got ${ids.columns}`,
  );
}

/**
 * @param rule a description of valid labels other than −100.
 * @param first the first column that the loss reads.
 * @throws {InputError} for a label that is neither −100 nor below `count`, and when all labels that the loss reads are −100.
 */
export function checkLabels(labels: Matrix, count: number, rule: string, first = 0): void {
  const isLabel = (id: number) => id >= 0 && id < count;
  checkNumbers('labels', labels, (id) => isLabel(id) || id === ignoredLabel, `${rule} or ${ignoredLabel}`);
  if (labels.data.some((id, i) => isLabel(id) && i % labels.columns >= first)) return;
  const after = first > 0 ? ` after the first token of its row` : '';
  throw new InputError(`inputs labels: expected a label that is not ${ignoredLabel}${after}, got none`);
}

/** @throws {InputError} when two inputs have different shapes. */
export function checkSameShape(name: string, matrix: Matrix, otherName: string, other: Matrix): void {
  if (matrix.rows === other.rows && matrix.columns === other.columns) return;
  const sizes = ({ rows, columns }: Matrix) => shown([rows, columns]);
  throw new InputError(`inputs ${name}: expected the shape of ${otherName} ${sizes(other)}, got ${sizes(matrix)}`);
}
