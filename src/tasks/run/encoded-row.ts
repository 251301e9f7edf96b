import { itemAt } from '../../io/item-at.ts';

/** One input of a model, made from an example. An example too long for one input gives several. */
export interface EncodedRow {
  /** The number of its example in its set, from 0. */
  readonly example: number;
  /** Its length in tokens: a batch is padded to its longest row. */
  readonly size: number;
}

/** Examples as inputs of a model, in order. */
export interface RowSet<Row extends EncodedRow> {
  /** The number of examples. */
  readonly samples: number;
  readonly rows: readonly Row[];
  /** The place of a row in its file. */
  where(row: number): string;
}

/** The values of the rows of every example, in order. */
export function byExample<T>(
  rows: readonly Pick<EncodedRow, 'example'>[],
  values: readonly T[],
  examples: number,
): T[][] {
  const whole = Array.from({ length: examples }, (): T[] => []);
  rows.forEach(({ example }, at) => itemAt(whole, example, 'an example').push(itemAt(values, at, 'a value')));
  return whole;
}
