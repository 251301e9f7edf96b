import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';

type Nested<T> = T | Nested<T>[];

/** A tensor with the interface of transformers.js: `type`, `dims`, `data`, `tolist()`. Row-major. */
export class ModelTensor<D extends BigInt64Array | Float32Array = BigInt64Array | Float32Array> {
  readonly type: 'int64' | 'float32';
  readonly dims: readonly number[];
  readonly data: D;

  constructor(dims: readonly number[], data: D) {
    this.type = data instanceof BigInt64Array ? 'int64' : 'float32';
    this.dims = dims;
    this.data = data;
  }

  /** The numbers as nested arrays, bigint for integers. */
  tolist(): Nested<number | bigint>[] {
    const nest = ([size, ...inner]: readonly number[], at: number): Nested<number | bigint> => {
      if (size === undefined) return itemAt<number | bigint>(this.data, at, 'a number');
      return Array.from({ length: size }, (_, i) => nest(inner, at * size + i));
    };
    const nested = nest(this.dims, 0);
    return Array.isArray(nested) ? nested : [nested];
  }
}

/** Token ids of a batch, in the forms that users pass: rows, one row, or a tensor [B, S] of transformers.js or Heddle. */
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
  const [batch, time, ...more] = dims;
  if (batch === undefined || time === undefined || more.length > 0 || data.length !== batch * time) {
    throw new InputError(
      `generate ${name}: expected a tensor [B, S], got [${dims.join(', ')}] of ${data.length} numbers`,
    );
  }
  return Array.from({ length: batch }, (_, b) => Array.from({ length: time }, (_, s) => Number(data[b * time + s])));
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
