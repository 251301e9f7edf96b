import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { Body } from '../body/body.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import type { HeadRow } from './head-row.ts';
import { maskedLanguageModel } from './masked-lm.ts';
import { classTerm } from './terms/class-term.ts';
import type { Pass } from './terms/term.ts';
import type { OutputLayer } from './terms/token-term.ts';

/** What a model judges of a pair of texts. */
export interface PairJudgement {
  /** The name of its scores among the outputs. */
  readonly output: string;
  readonly labels: InputSpec;
  /** A score for every label, [B, N]. */
  logits(root: Scope, pass: Pass): Tensor;
}

/**
 * Two objectives over one pass: hidden tokens (`labels`), and a judgement of the pair of texts by `pooler_output`. Each
 * term has its own denominator.
 *
 * Source: Devlin et al. 2019, section 3.1; transformers 5.24.0 modeling_bert.py, BertForPreTraining.
 */
export const preTrainingHead = <C extends { readonly vocab_size: number }>(
  architecture: string,
  outputOf: (config: C, body: Body) => OutputLayer,
  pairOf: (config: C, body: Body) => PairJudgement,
  options: Pick<HeadRow<C>, 'fields'> = {},
): HeadRow<C, 'pre-training'> => ({
  architecture,
  role: 'pre-training',
  readsPooler: true,
  ...options,
  model(body, config) {
    const masked = maskedLanguageModel(body, config.vocab_size, outputOf(config, body));
    const pair = pairOf(config, body);
    return {
      ...masked,
      labelInputs: [...masked.labelInputs, pair.labels],
      outputs: (root, pass) => ({
        prediction_logits: masked.logits(root, pass),
        [pair.output]: pair.logits(root, pass),
      }),
      terms: [...masked.terms, classTerm(pair.labels.name, pair.logits)],
    };
  },
});
