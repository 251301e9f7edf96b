import type { Tensor } from '../../graph/index.ts';
import { normal, type Scope, zeros } from '../../nn/index.ts';
import type { TransformerConfig } from '../families/transformer-fields.ts';

/** A configuration of a model that predicts tokens. */
export type HeadConfig = TransformerConfig & {
  readonly tie_word_embeddings: boolean;
};

/** The output layer, `lm_head`: the decoder's `table` ([V, D]) or its own weight, and a bias. */
export function languageHead(root: Scope, config: HeadConfig, table: Tensor): { weight: Tensor; bias: Tensor } {
  const [rows, width] = table.shape as readonly number[];
  const scope = root.at('lm_head');
  const initializer = normal(0, config.initializer_range);
  const weight = config.tie_word_embeddings ? table : scope.parameter('weight', [rows, width], initializer);
  return { weight, bias: scope.parameter('bias', [rows], zeros) };
}
