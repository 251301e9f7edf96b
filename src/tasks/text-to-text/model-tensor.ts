import { InputError } from '../../io/error.ts';

type Nested<T> = T | Nested<T>[];

/** A tensor as transformers.js gives them: `type`, `dims`, `data`, `tolist()`. Row-major. */
export class ModelTensor<D extends BigInt64Array | Float32Array = BigInt64Array | Float32Array> {
  readonly type: 'int64' | 'float32';
  readonly dims: readonly number[];
  readonly data: D;

  constructor(dims: readonly number[], data: D) {
    this.type = data instanceof BigInt64Array ? 'int64' : 'float32';
    this.dims = dims;
    this.data = data;
  }

  /** The numbers in nested arrays, bigint for integers. */
  tolist(): Nested<number | bigint>[] {
    const nest = (axis: number, at: number): Nested<number | bigint> => {
      if (axis === this.dims.length) return this.data[at];
      return Array.from({ length: this.dims[axis] }, (_, i) => nest(axis + 1, at * this.dims[axis] + i));
    };
    const nested = nest(0, 0);
    return Array.isArray(nested) ? nested : [nested];
  }
}

/** Token ids of a batch as users give them: rows, one row, or a tensor [B, S] of transformers.js or ours. */
export type TokenRows =
  | readonly (readonly (number | bigint)[])[]
  | readonly (number | bigint)[]
  | { readonly dims: readonly number[]; readonly data: ArrayLike<number | bigint> };

const isTensor = (rows: TokenRows): rows is Extract<TokenRows, { dims: unknown }> => 'dims' in rows;

/** @throws {InputError} when a tensor is not [B, S]. */
export function rowsOf(name: string, tokens: TokenRows): number[][] {
  if (!isTensor(tokens)) {
    const isOneRow = tokens.length > 0 && !Array.isArray(tokens[0]);
    const rows = isOneRow ? [tokens] : tokens;
    return rows.map((row) => Array.from(row as readonly (number | bigint)[], Number));
  }
  const { dims, data } = tokens;
  if (dims.length !== 2 || data.length !== dims[0] * dims[1]) {
    throw new InputError(
      `generate ${name}: expected a tensor [B, S], got [${dims.join(', ')}] of ${data.length} numbers`,
    );
  }
  return Array.from({ length: dims[0] }, (_, b) =>
    Array.from({ length: dims[1] }, (_, s) => Number(data[b * dims[1] + s])),
  );
}

/** Rows padded on the right to one length, as int64 [B, T]. */
export function paddedTensor(rows: readonly (readonly number[])[], padId: number): ModelTensor<BigInt64Array> {
  const time = Math.max(0, ...rows.map(({ length }) => length));
  const data = new BigInt64Array(rows.length * time).fill(BigInt(padId));
  rows.forEach((row, b) => {
    row.forEach((id, t) => {
      data[b * time + t] = BigInt(id);
    });
  });
  return new ModelTensor([rows.length, time], data);
}
