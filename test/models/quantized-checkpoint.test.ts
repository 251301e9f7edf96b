/** Int8 tensors of a file as the model reads them. */
import { expect, test } from 'vitest';
import { widenedCheckpoint } from '../../src/models/folder/quantized-checkpoint.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import { writeSafetensors } from '../../src/weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/weights/tensor.ts';
import { memoryFolder } from './folder.ts';

const scalesOf = (count: number): Float32Array => Float32Array.from({ length: count }, (_, k) => 2 ** -k);

test.each([
  { shape: [3, 2], scale: [3, 1], product: [1, -2, 1.5, -2, 1.25, -1.5] },
  { shape: [3, 2], scale: [1, 2], product: [1, -1, 3, -2, 5, -3] },
  { shape: [2, 2], scale: [2, 1], product: [1, -2, 1.5, -2] },
  { shape: [2, 2], scale: [1, 2], product: [1, -1, 3, -2] },
  { shape: [3, 1], scale: [3, 1], product: [1, -1, 0.75] },
  { shape: [3, 1], scale: [1, 1], product: [1, -2, 3] },
  { shape: [1, 3], scale: [1, 3], product: [1, -1, 0.75] },
  { shape: [1, 3], scale: [1, 1], product: [1, -2, 3] },
])('int8 $shape with scales $scale is their product', async ({ shape, scale, product }) => {
  const data = Int8Array.from(product, (_, at) => (at % 2 === 0 ? at + 1 : -at - 1));
  const tensors = new Map<string, Tensor>([
    ['w', { dtype: 'I8', shape, data }],
    ['w.scale', float32Tensor(scale, scalesOf(scale[0] * scale[1]))],
  ]);
  const folder = memoryFolder(new Map([['model.safetensors', writeSafetensors(tensors)]]));
  const checkpoint = widenedCheckpoint(await openCheckpoint(folder));
  expect(await checkpoint.read('w')).toEqual(float32Tensor(shape, Float32Array.from(product)));
});
