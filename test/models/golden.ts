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

/** Largest |a − b|; the shapes must be equal. */
export function largestDifference(actual: Tensor, expected: Tensor, name: string): number {
  expect(actual.shape, `${name}: shape`).toEqual(expected.shape);
  const [a, b] = [float32Data(actual, name), float32Data(expected, name)];
  expect(a.length).toBe(b.length);
  return a.reduce((most, x, i) => Math.max(most, Number.isNaN(x) ? Number.POSITIVE_INFINITY : Math.abs(x - b[i])), 0);
}

export const largestEntry = (tensor: Tensor): number =>
  float32Data(tensor, 'tensor').reduce((most, x) => Math.max(most, Math.abs(x)), 0);
