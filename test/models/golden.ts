/** Golden files of a model, and comparing with them. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import type { Folder } from '../../src/io/folder.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data, type Tensor } from '../../src/weights/tensor.ts';

export const goldenFolder = (path: string): Folder =>
  diskFolder(fileURLToPath(new URL(`../golden/${path}`, import.meta.url)));

export async function readTensors(folder: Folder, file: string): Promise<ReadonlyMap<string, Tensor>> {
  return parseSafetensors(await folder.read(file), file).tensors;
}

/** The tensors whose names start with `prefix`, without it. */
export function withPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [])),
  );
}

/** A tensor of int32. */
export const integers = (shape: readonly number[], data: readonly number[]): Tensor => ({
  ...{ dtype: 'I32', shape },
  data: Int32Array.from(data),
});

/** Largest |a − b|; the shapes must be equal. */
export function largestDifference(actual: Tensor, expected: Tensor, name: string): number {
  expect(actual.shape, `${name}: shape`).toEqual(expected.shape);
  const [a, b] = [float32Data(actual, name), float32Data(expected, name)];
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, i) => Math.max(most, Number.isNaN(x) ? Number.POSITIVE_INFINITY : Math.abs(x - b[i])), 0);
}

/** A tensor by tokens, [B, T, …] or [B, H, T, S], with zeros where the mask [B, T] is 0; any other as it is. */
export function textOnly(tensor: Tensor, mask: Tensor): Tensor {
  if (tensor.shape[tensor.shape.length === 4 ? 2 : 1] !== mask.shape[1]) return tensor;
  const [rows, ...rest] = tensor.shape;
  const inner = tensor.shape.length === 4 ? rest.slice(2) : rest.slice(1);
  const heads = tensor.shape.length === 4 ? rest[0] : 1;
  const size = inner.reduce((a, b) => a * b, 1);
  const time = mask.shape[1];
  const seen = Array.from(mask.data, Number);
  const data = float32Data(tensor, 'tensor').map((x, i) => {
    const token = Math.floor(i / size);
    return seen[Math.floor(token / time / heads) * time + (token % time)] ? x : 0;
  });
  expect(data.length).toBe(rows * heads * time * size);
  return { ...tensor, data };
}

export const largestEntry = (tensor: Tensor): number =>
  float32Data(tensor, 'tensor').reduce((most, x) => Math.max(most, Math.abs(x)), 0);
