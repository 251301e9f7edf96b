import { normal, type Scope, zeros } from '../../nn/index.ts';
import type { Body } from '../body/body.ts';
import type { OutputLayer } from './token-term.ts';

/** A configuration of a model that predicts tokens. */
export interface LanguageHeadConfig {
  readonly tie_word_embeddings: boolean;
  readonly initializer_range: number;
}

/** The output layer `lm_head`: the body's table ([V, D]) or its own weight, and a bias. */
export const languageHead = (config: LanguageHeadConfig, body: Body): OutputLayer => ({
  head(root: Scope) {
    const table = body.table(root);
    const [rows, width] = table.shape as readonly number[];
    const scope = root.at('lm_head');
    const initializer = normal(0, config.initializer_range);
    const weight = config.tie_word_embeddings
      ? table
      : scope.parameter('weight', [rows, width], initializer, { part: 'head' });
    return { weight, bias: scope.parameter('bias', [rows], zeros, { part: 'bias' }) };
  },
});
