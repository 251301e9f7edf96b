import { baseHead } from '../../heads/base.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { preTrainingHead } from '../../heads/pre-training.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { pooledClassificationHead } from '../../heads/sequence-classification.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import { bertTokens } from '../bert/body.ts';
import { relativeFiles } from '../bert/files.ts';
import { predictionLayer } from '../bert/heads.ts';
import type { FamilyRow } from '../family-row.ts';
import { albertBody } from './body.ts';
import { type AlbertConfig, albertConfig, albertFileDefaults } from './config.ts';
import { sentenceOrder, sentenceOrderFields } from './sentence-order.ts';

/** Source: transformers 5.24.0 modeling_albert.py, AlbertMLMHead. */
const predictions = predictionLayer({
  dense: 'predictions.dense',
  norm: 'predictions.LayerNorm',
  decoder: 'predictions.decoder',
  bias: 'predictions.bias',
});

const classifierOf = (config: AlbertConfig) => ({
  dropout: config.classifier_dropout_prob,
  deviation: config.initializer_range,
});

/**
 * ALBERT: an encoder whose blocks share their weights, over narrow embeddings. Hidden states and attentions are those of
 * every application of a block.
 *
 * Source: Lan et al. 2020; transformers 5.24.0 modeling_albert.py for names and classes.
 */
export const albertFamily: FamilyRow<AlbertConfig> = {
  config: albertConfig,
  fileDefaults: albertFileDefaults,
  // Fields of the files that the authors published; no version of Transformers reads them.
  neutral: { down_scale_factor: 'any', gap_size: 'any', net_structure_type: 'any', num_memory_blocks: 'any' },
  heads: [
    baseHead('AlbertModel', { readsPooler: true }),
    preTrainingHead('AlbertForPreTraining', predictions, sentenceOrder, { fields: sentenceOrderFields }),
    maskedLmHead<AlbertConfig>('AlbertForMaskedLM', predictions),
    pooledClassificationHead('AlbertForSequenceClassification', classifierOf),
    taggingHead<AlbertConfig>('AlbertForTokenClassification', classifierOf),
    questionAnsweringHead('AlbertForQuestionAnswering'),
  ],
  body: albertBody,
  tokens: bertTokens,
  files: ({ tie_word_embeddings: isTied }) =>
    relativeFiles({
      ...{ prefix: 'albert', heads: ['albert.pooler.**', 'predictions.**', 'sop_classifier.**'], isTied },
      ...{ decoder: 'predictions.decoder', bias: 'predictions.bias' },
    }),
};
