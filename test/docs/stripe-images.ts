/** The images that docs/classify-images.md draws, as files of tensors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/weights/safetensors.ts';
import type { Tensor } from '../../src/weights/tensor.ts';

/** Rows and columns of an image. */
const side = 24;

let seed = 1;
const below = (count: number): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * count);
};

/** Noise with 8 × 8 pixels of stripes somewhere: label 0 along the rows, 1 along the columns. */
function stripes(count: number): Uint8Array {
  const pixels = new Uint8Array(count * side * side);
  for (let image = 0; image < count; image++) {
    const [top, left] = [4 * below(5), 4 * below(5)];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const isInside = y >= top && y < top + 8 && x >= left && x < left + 8;
        const isBright = isInside && (image % 2 === 0 ? y : x) % 2 === 0;
        pixels[(image * side + y) * side + x] = isBright ? 255 : below(90);
      }
    }
  }
  return pixels;
}

function writeImages(file: string, shape: readonly [number, ...number[]], pixels: Uint8Array): void {
  const labels = BigInt64Array.from({ length: shape[0] }, (_, image) => BigInt(image % 2));
  const tensors = new Map<string, Tensor>([
    ['pixel_values', { dtype: 'U8', shape, data: pixels }],
    ['labels', { dtype: 'I64', shape: [shape[0]], data: labels }],
  ]);
  writeFileSync(file, writeSafetensors(tensors));
}

/** The files that the page names, in a folder: stripes, and photographs of noise of the size of a large ViT. */
export function writeStripes(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, count] of [
    ['train', 400],
    ['dev', 100],
  ] as const) {
    writeImages(join(folder, `${name}.safetensors`), [count, 1, side, side], stripes(count));
  }
  for (const name of ['photos', 'photos-dev']) {
    const pixels = Uint8Array.from({ length: 4 * 3 * 224 * 224 }, () => below(256));
    writeImages(join(folder, `${name}.safetensors`), [4, 3, 224, 224], pixels);
  }
}
