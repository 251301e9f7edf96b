import { noPadding, type Padding } from '../../data/batch/padding.ts';
import { type HostFeeds, type InputSpec, madeInputs, readsTokenTypes } from '../../models/inputs/input-spec.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { EncodedRow } from '../run/encoded-row.ts';

/** A tensor of two axes. */
export type HostMatrix = HostTensor & { readonly shape: readonly [number, number] };

/** Whole numbers in rows, row-major. */
export const int32Matrix = (rows: number, columns: number, data: Int32Array): HostMatrix => ({
  type: 'int32',
  shape: [rows, columns],
  data,
});

/** Whole numbers in a row. */
export const int32Vector = (data: Int32Array): HostTensor => ({ type: 'int32', shape: [data.length], data });

/** Whole numbers in a row that `padding` fills up with zeros. */
export function filledVector(data: Int32Array, { count }: Padding = noPadding): HostTensor {
  const filled = new Int32Array(count(data.length));
  filled.set(data);
  return int32Vector(filled);
}

/** A text, or a pair of texts, as tokens. */
export interface TextRow extends EncodedRow {
  readonly ids: Int32Array;
  /** Which of two texts each token belongs to; absent: all to the first. */
  readonly typeIds?: Int32Array | undefined;
}

/** What decides about the inputs of texts. */
export interface TextReader {
  readonly model: { readonly inputs: readonly InputSpec[] };
  readonly tokens: { readonly padTokenId: number; readonly padding?: Padding | undefined };
}

/**
 * Texts as inputs of an encoder, padded on the right to the longest or to the length that the reader's padding gives: `input_ids`, `attention_mask` and, if the model has them,
 * `token_type_ids`, int32 [B, T], with the inputs that follow from these.
 */
export function textFeeds(
  rows: readonly TextRow[],
  { model, tokens }: TextReader,
): Record<'input_ids' | 'attention_mask', HostMatrix> & { readonly token_type_ids?: HostMatrix } & HostFeeds {
  const { padTokenId, padding = noPadding } = tokens;
  const time = padding.length(rows.reduce((most, { size }) => Math.max(most, size), 0));
  const numbers = (fill: number) => new Int32Array(rows.length * time).fill(fill);
  const readsTypes = readsTokenTypes(model.inputs);
  const [ids, mask, types] = [numbers(padTokenId), numbers(0), numbers(0)];
  rows.forEach((row, at) => {
    ids.set(row.ids, at * time);
    mask.fill(1, at * time, at * time + row.size);
    if (readsTypes && row.typeIds) types.set(row.typeIds, at * time);
  });
  const matrix = (data: Int32Array) => int32Matrix(rows.length, time, data);
  const hasTypes = model.inputs.some(({ name, absent }) => name === 'token_type_ids' && absent !== 'optional');
  const feeds = { input_ids: matrix(ids), attention_mask: matrix(mask) };
  return madeInputs(model.inputs, { ...feeds, ...(hasTypes && { token_type_ids: matrix(types) }) });
}
