import { add, constantTensor, reshape, type Tensor } from '../../graph/index.ts';
import { clip, sub } from '../../ops/index.ts';
import type { Places } from './scheme.ts';

/** Distance of each key after (+) or before (−) each query: key − query, int32 [B|1, 1, T|1, S]. */
export function distances({ query, key }: Places): Tensor {
  const [[rows, time], [keyRows, keys]] = [query.shape, key.shape];
  return sub(reshape(key, { shape: [keyRows, 1, 1, keys] }), reshape(query, { shape: [rows, 1, time, 1] }));
}

/** Distances within −most … most, counted from 0: clip(key − query) + most, int32 [B|1, 1, T|1, S]. */
export const clippedDistances = (places: Places, most: number): Tensor =>
  add(clip(distances(places), { min: -most, max: most }), constantTensor(most, [], 'int32'));
