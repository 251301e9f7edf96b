import { reshape } from '../../../graph/index.ts';
import { normal, type Scope, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import type { BartConfig } from './fields.ts';

/** The output layer: tied to the decoder's table or separate; the bias is saved but not trained. */
export const biasedOutput = (config: BartConfig, body: Body): OutputLayer => ({
  head(root: Scope) {
    const tied = body.table(root);
    const [rows, width] = tied.shape as readonly number[];
    const weight = config.tie_word_embeddings
      ? tied
      : root.at('lm_head').parameter('weight', [rows, width], normal(0, config.init_std), { part: 'head' });
    const bias = root.parameter('final_logits_bias', [1, rows], zeros, { part: 'buffer' });
    return { weight, bias: reshape(bias, { shape: [rows] }) };
  },
});
