import type { Body } from '../body/body.ts';
import { classTerm } from './class-term.ts';
import type { HeadRow } from './head-row.ts';
import { maskedLanguageModel } from './masked-lm.ts';
import { nextSentenceLabels, nextSentenceLogits } from './next-sentence.ts';
import type { OutputLayer } from './token-term.ts';

/**
 * Both of BERT's objectives over one pass: hidden tokens (`labels`) and the next sentence (`next_sentence_label`). Each
 * term has its own denominator.
 *
 * Source: Devlin et al. 2019, section 3.1; transformers 5.24.0 modeling_bert.py, BertForPreTraining.
 */
export const preTrainingHead = <C extends { readonly vocab_size: number; readonly initializer_range: number }>(
  architecture: string,
  outputOf: (config: C, body: Body) => OutputLayer,
): HeadRow<C, 'pre-training'> => ({
  architecture,
  role: 'pre-training',
  readsPooler: true,
  model(body, config) {
    const masked = maskedLanguageModel(body, config.vocab_size, outputOf(config, body));
    const relation = nextSentenceLogits(body, config.initializer_range);
    return {
      ...masked,
      labelInputs: [...masked.labelInputs, nextSentenceLabels('next_sentence_label')],
      outputs: (root, pass) => ({
        prediction_logits: masked.logits(root, pass),
        seq_relationship_logits: relation(root, pass),
      }),
      terms: [...masked.terms, classTerm('next_sentence_label', relation)],
    };
  },
});
