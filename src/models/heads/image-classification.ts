import { reshape, type Tensor } from '../../graph/index.ts';
import { linear, normal, type Scope, zeros } from '../../nn/index.ts';
import { slice } from '../../ops/index.ts';
import type { ImageLayout } from '../inputs/pixel-input.ts';
import { baseModel } from './base.ts';
import type { LabelledFields } from './fields/classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { classificationHead, type Logits } from './sequence-classification.ts';
import type { Pass } from './terms/term.ts';

/** A linear layer over the vector of one token of an image. */
interface TokenLayer {
  readonly at: string;
  /** The token's place among the vectors. */
  readonly token: number;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** The scores of a layer for every label, [B, N]. */
export function tokenScores(root: Scope, { body }: Pass, { at, token, deviation }: TokenLayer, labels: number): Tensor {
  const { last_hidden_state: hidden } = body;
  const [batch, , width] = hidden.shape;
  const vector = reshape(slice(hidden, { axis: 1, start: token, end: token + 1 }), { shape: [batch, width] });
  const size = { inFeatures: Number(width), outFeatures: labels, part: 'head' } as const;
  const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
  return root.layer(at, (scope) => linear(scope, { ...size, ...initial }, vector));
}

/** A body of images without a head, with its pooler. */
export const imageEncoderHead = <C>(
  architecture: string,
  imageOf: (config: C) => ImageLayout,
): HeadRow<C, 'image-encoder'> => ({
  architecture,
  role: 'image-encoder',
  readsPooler: true,
  model: (body, config) => ({ ...baseModel(body), image: imageOf(config) }),
});

/** A classifier of images whose layers the family describes, with Transformers' fields for its labels. */
export function imageHead<C>(
  architecture: string,
  imageOf: (config: C) => ImageLayout,
  logitsOf: (config: C) => Logits,
): HeadRow<C & LabelledFields, 'image-classification'> {
  const head = classificationHead(architecture, logitsOf);
  return {
    ...head,
    role: 'image-classification',
    model: (body, config) => ({ ...head.model(body, config), image: imageOf(config) }),
  };
}

/**
 * A linear layer over the vector of an image's first token.
 *
 * Parameters: the body's, `classifier.weight` [N, D], `classifier.bias` [N].
 *
 * Source: Dosovitskiy et al. 2021, section 3.1; transformers 5.24.0 modeling_vit.py, ViTForImageClassification.
 */
export const imageClassificationHead = <C extends { readonly initializer_range: number }>(
  architecture: string,
  imageOf: (config: C) => ImageLayout,
): HeadRow<C & LabelledFields, 'image-classification'> => ({
  ...imageHead(
    architecture,
    imageOf,
    ({ initializer_range: deviation }: C) =>
      (root, pass, labels) =>
        tokenScores(root, pass, { at: 'classifier', token: 0, deviation }, labels),
  ),
  readsFirstOnly: true,
});
