import type { Folder } from '../../io/folder.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { type Dtype, elementCount, formatOf } from '../../weights/tensor.ts';

/** A tensor in a file. */
export interface StoredTensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** What the files of a model hold, from their headers alone. */
export interface StoredSummary {
  /** In the order of the files. */
  readonly tensors: readonly StoredTensorInfo[];
  readonly num_elements: number;
  readonly bytes: number;
  /** The number of elements of each type. */
  readonly dtypes: Readonly<Partial<Record<Dtype, number>>>;
}

/**
 * Summarises the weights of a folder, in one file or in shards, without reading them.
 *
 * @throws {InputError} when a file is missing or damaged.
 */
export async function storedSummary(folder: Folder): Promise<StoredSummary> {
  const { tensors, close } = await openCheckpoint(folder);
  await close();
  const dtypes: Partial<Record<Dtype, number>> = {};
  let [elements, bytes] = [0, 0];
  for (const { dtype, shape } of tensors.values()) {
    const count = elementCount(shape);
    dtypes[dtype] = (dtypes[dtype] ?? 0) + count;
    elements += count;
    bytes += count * formatOf(dtype).bytes;
  }
  return {
    tensors: [...tensors].map(([name, { dtype, shape }]) => ({ name, shape, dtype })),
    num_elements: elements,
    bytes,
    dtypes,
  };
}
