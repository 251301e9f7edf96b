import { broadcastTo, mulDim, reshape, type Tensor } from '../../../graph/index.ts';
import { type Initializer, normal, type Scope, zeros } from '../../../nn/index.ts';
import { concat, linear, matmul, slice, transpose } from '../../../ops/index.ts';
import type { StackStep } from '../../body/transformer-spec.ts';
import type { Named } from '../../inputs/input-spec.ts';
import { gridOf, type ImageLayout } from '../../inputs/pixel-input.ts';
import { imageForm, type VitConfig } from './config.ts';

/**
 * Patches of images as vectors: a convolution whose stride is its kernel, which is a product of every patch with the
 * weight [D, C, P, P]. [B, C, P·R, P·C'] → [B, R·C', D].
 */
function patches(scope: Scope, config: VitConfig, { pixel_values: pixels, position_rows, position_columns }: Named) {
  const { hidden_size: width, initializer_range: deviation } = config;
  const { channels, patch } = imageForm(config);
  const [batch] = pixels.shape;
  const [rows, columns] = [position_rows.shape[0], position_columns.shape[0]];
  const cut = reshape(pixels, { shape: [batch, channels, rows, patch[0], columns, patch[1]] });
  const size = channels * patch[0] * patch[1];
  const flat = reshape(transpose(cut, { permutation: [0, 2, 4, 1, 3, 5] }), {
    shape: [batch, mulDim(rows, columns), size],
  });
  const weight = scope.parameter('weight', [width, channels, ...patch], normal(0, deviation));
  const bias = scope.parameter('bias', [width], zeros, { part: 'bias' });
  return linear(flat, reshape(weight, { shape: [width, size] }), bias);
}

/** The learned tokens before an image's patches. */
export interface LearnedTokens {
  readonly names: readonly string[];
  /** Initial values of the tokens and of all positions. */
  readonly initializer: Initializer;
}

/** The images of a configuration, and their tokens. */
export const imageLayout = (config: VitConfig, { names }: LearnedTokens): ImageLayout => ({
  ...imageForm(config),
  tokens: names,
});

/** The learned positions [1, N + R·C, D] of N tokens and a grid of patches, resized to the grid of the images. */
function positions(
  scope: Scope,
  config: VitConfig,
  { names: { length: tokens }, initializer }: LearnedTokens,
  { position_rows, position_columns }: Named,
): Tensor {
  const { hidden_size: width } = config;
  const [rows, columns] = gridOf(imageForm(config));
  const [toRows, toColumns] = [position_rows.shape[0], position_columns.shape[0]];
  const count = tokens + rows * columns;
  const all = scope.parameter('position_embeddings', [1, count, width], initializer, { part: 'positions' });
  const grid = reshape(slice(all, { axis: 1, start: tokens, end: count }), { shape: [rows, columns * width] });
  const taller = reshape(matmul(position_rows, grid, {}), { shape: [toRows, columns, width] });
  const resized = reshape(matmul(position_columns, taller, {}), { shape: [1, mulDim(toRows, toColumns), width] });
  return concat([slice(all, { axis: 1, start: 0, end: tokens }), resized], { axis: 1 });
}

/**
 * The vectors of an image: learned tokens, then its patches, with their positions.
 *
 * Source: transformers 5.24.0 modeling_vit.py, ViTEmbeddings; modeling_deit.py, DeiTEmbeddings.
 */
export function imageEmbedding(config: VitConfig, tokens: LearnedTokens): StackStep[] {
  const { hidden_size: width } = config;
  return [
    {
      vectors: (prefix, given) =>
        prefix.layer('embeddings', (scope) => {
          const found = scope.layer('patch_embeddings.projection', (at) => patches(at, config, given));
          const learned = tokens.names.map((name) => {
            const token = scope.parameter(name, [1, 1, width], tokens.initializer, { part: 'table' });
            return broadcastTo(token, { shape: [found.shape[0], 1, width] });
          });
          return concat([...learned, found], { axis: 1 });
        }),
    },
    { vectors: (prefix, given) => prefix.layer('embeddings', (at) => positions(at, config, tokens, given)) },
    { drop: config.hidden_dropout_prob, at: 'embeddings' },
  ];
}
