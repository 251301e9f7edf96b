import { normal } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import type { StackStep } from '../../body/transformer-spec.ts';
import { baseHead } from '../../heads/base.ts';
import { firstTokenClassificationHead } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { replacedTokenHead } from '../../heads/replaced-token.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import { bertBlock, bertBody, bertTokens, normalisedEmbedding } from '../bert/body.ts';
import { bertFileDefaults } from '../bert/config.ts';
import { relativeFiles } from '../bert/files.ts';
import { classifierOf, denseClassifierOf, predictionLayer } from '../bert/heads.ts';
import type { FamilyRow } from '../family-row.ts';
import { type ElectraConfig, electraConfig } from './config.ts';

/** BERT's embeddings, and a layer from their width to that of the blocks if the two differ. */
function embedding(config: ElectraConfig): StackStep[] {
  const { embedding_size: narrow, hidden_size: width, initializer_range: deviation } = config;
  const steps = normalisedEmbedding({ ...config, hidden_size: narrow });
  return narrow === width
    ? steps
    : [...steps, { dense: 'embeddings_project', width, initializer: normal(0, deviation) }];
}

const bodyOf = (config: ElectraConfig, head: HeadRow<ElectraConfig>): Body =>
  bertBody(
    config,
    { embed: embedding(config), block: () => bertBlock(config) },
    { ...head, prefix: head.role === 'encoder' ? '' : 'electra' },
  );

/** Source: transformers 5.24.0 modeling_electra.py, ElectraGeneratorPredictions: its GELU does not depend on `hidden_act`. */
const generatorOf = predictionLayer(
  {
    dense: 'generator_predictions.dense',
    norm: 'generator_predictions.LayerNorm',
    decoder: 'generator_lm_head',
  },
  'gelu',
);

/** Source: transformers 5.24.0 modeling_electra.py, ElectraClassificationHead: its GELU does not depend on `hidden_act`. */
const classifierLayersOf = (config: ElectraConfig) => denseClassifierOf(config, 'gelu');

/**
 * ELECTRA: BERT's blocks over embeddings that may be narrower, without a pooler; a generator that fills masks, and a
 * discriminator that finds what it filled in.
 *
 * Source: Clark et al. 2020; transformers 5.24.0 modeling_electra.py for names and classes.
 */
export const electraFamily: FamilyRow<ElectraConfig> = {
  config: electraConfig,
  fileDefaults: bertFileDefaults,
  // Fields of the class for multiple choice.
  neutral: { summary_activation: 'any', summary_last_dropout: 'any', summary_type: 'any', summary_use_proj: 'any' },
  heads: [
    baseHead('ElectraModel'),
    replacedTokenHead('ElectraForPreTraining'),
    maskedLmHead<ElectraConfig>('ElectraForMaskedLM', generatorOf),
    firstTokenClassificationHead('ElectraForSequenceClassification', classifierLayersOf),
    taggingHead<ElectraConfig>('ElectraForTokenClassification', classifierOf),
    questionAnsweringHead('ElectraForQuestionAnswering'),
  ],
  body: bodyOf,
  tokens: bertTokens,
  files: ({ tie_word_embeddings: isTied }) =>
    relativeFiles({
      ...{ prefix: 'electra', decoder: 'generator_lm_head', isTied },
      heads: ['discriminator_predictions.**', 'generator_predictions.**', 'generator_lm_head.**'],
    }),
};
