import type { Remade } from '../../../weights/match-options.ts';
import { bicubicMatrix } from '../../inputs/bicubic.ts';
import { type Extent, gridOf } from '../../inputs/pixel-input.ts';
import { imageForm, type VitConfig } from './config.ts';

/** A product of matrices, [rows, inner] · [inner, width]. */
function productOf(matrix: Float32Array, [rows, inner]: Extent, right: Float32Array, width: number): Float32Array {
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += (matrix[row * inner + i] ?? 0) * (right[i * width + column] ?? 0);
      result[row * width + column] = sum;
    }
  }
  return result;
}

/** A grid of vectors [R, C, D], bicubically resized, each axis on its own. */
function resizedGrid(grid: Float32Array, from: Extent, to: Extent, width: number): Float32Array {
  const taller = productOf(bicubicMatrix(from[0], to[0]), [to[0], from[0]], grid, from[1] * width);
  const columns = bicubicMatrix(from[1], to[1]);
  const result = new Float32Array(to[0] * to[1] * width);
  for (let row = 0; row < to[0]; row++) {
    const line = taller.subarray(row * from[1] * width, (row + 1) * from[1] * width);
    result.set(productOf(columns, [to[1], from[1]], line, width), row * to[1] * width);
  }
  return result;
}

/**
 * The learned positions [1, N + R·C, D] for images of another size than `before`, that of the checkpoint: the grid of R rows
 * and C columns is resized, the positions of the N learned tokens before it stay. Nothing for an equal size.
 *
 * It does once what `interpolate_pos_encoding` does in every pass.
 *
 * Source: transformers 5.24.0 modeling_vit.py, ViTEmbeddings.interpolate_pos_encoding.
 */
export function resizedPositions(
  config: VitConfig,
  before: VitConfig['image_size'],
  tokens: number,
): readonly Remade[] {
  const { hidden_size: width } = config;
  const [from, to] = [gridOf(imageForm({ ...config, image_size: before })), gridOf(imageForm(config))];
  if (from.every((size, axis) => size === to[axis])) return [];
  const learned = tokens * width;
  return [
    {
      name: 'embeddings.position_embeddings',
      from: [1, tokens + from[0] * from[1], width],
      make(data) {
        const grid = resizedGrid(data.subarray(learned), from, to, width);
        const made = new Float32Array(learned + grid.length);
        made.set(data.subarray(0, learned));
        made.set(grid, learned);
        return made;
      },
    },
  ];
}
