import { activation, layerNorm, linear, normal, type Scope, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import type { OutputLayer } from '../terms/token-term.ts';

/** An output layer over the vocabulary after a dense layer, an activation and a norm; paths are those of the class. */
export interface TransformedLayer {
  readonly dense: string;
  readonly norm: string;
  /** The layer over the vocabulary. */
  readonly decoder: string;
  /**
   * A bias that a tied layer reads in place of the decoder's. If the layer is not tied, it is in the file and nothing
   * reads it. The decoder has the only one when absent.
   */
  readonly bias?: string;
  readonly activation: string;
  readonly eps: number;
  /** Whether the weight over the vocabulary is the body's table. */
  readonly isTied: boolean;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/**
 * The output layer of a masked language model: a dense layer from the body's width to that of its table, an activation, a
 * norm, and the layer over the vocabulary, whose weight is the body's table or its own.
 *
 * Source: Devlin et al. 2019; transformers 5.24.0 modeling_bert.py, BertLMPredictionHead: where the weight is tied, the
 * bias is too.
 */
export function transformedLayer(body: Body, layer: TransformedLayer): OutputLayer {
  const { dense, norm, decoder, bias: ownBias, activation: name, eps, isTied, deviation } = layer;
  const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros, part: 'head' } as const;
  const sizesOf = (root: Scope) => body.table(root).shape as readonly number[];
  const biasAt = (root: Scope, path: string) => {
    const [rows] = sizesOf(root);
    return root.parameter(path, [rows], zeros, { part: 'bias' });
  };
  return {
    rows(root, hidden) {
      const [, width] = sizesOf(root);
      const size = { inFeatures: Number(hidden.shape.at(-1)), outFeatures: width };
      const active = activation(name)(root.layer(dense, (at) => linear(at, { ...size, ...initial }, hidden)));
      return root.layer(norm, (at) => layerNorm(at, { width, eps }, active));
    },
    head(root) {
      const table = body.table(root);
      const bias = () => biasAt(root, isTied && ownBias ? ownBias : `${decoder}.bias`);
      if (isTied) return { weight: table, bias: bias() };
      const shape = table.shape as readonly number[];
      const weight = root.parameter(`${decoder}.weight`, shape, initial.weightInitializer, { part: 'head' });
      return { weight, bias: bias() };
    },
    ...(!isTied && ownBias && { unread: (root) => void biasAt(root, ownBias) }),
  };
}
