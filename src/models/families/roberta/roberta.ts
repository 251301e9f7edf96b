import { add, constantTensor, mul, type Tensor } from '../../../graph/index.ts';
import { cast, cumulativeSum, equal, not } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import { baseHead } from '../../heads/base.ts';
import { firstTokenClassificationHead } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import { type TextTokens, textTokens } from '../../tokens.ts';
import { bertBlock, bertBody, normalisedEmbedding } from '../bert/body.ts';
import { relativeFiles } from '../bert/files.ts';
import { classifierOf, denseClassifierOf, predictionLayer } from '../bert/heads.ts';
import type { FamilyRow } from '../family-row.ts';
import { type RobertaConfig, robertaConfig, robertaLength } from './config.ts';

/** RoBERTa and XLM-RoBERTa have the same names. */
const prefix = 'roberta';

const tokensOf = (config: RobertaConfig): TextTokens => textTokens(config, robertaLength(config));

/**
 * Positions by the ids, whatever the mask says: tokens count from pad + 1, padding stays at pad. int32 [B, T] → [B, T].
 *
 * Source: transformers 5.24.0 modeling_roberta.py, create_position_ids_from_input_ids.
 */
function positionsOf(ids: Tensor, padId: number): Tensor {
  const pad = constantTensor(padId, [], 'int32');
  const isText = cast(not(equal(ids, pad)), { dtype: 'int32' });
  return add(mul(cumulativeSum(isText, { axis: 1 }), isText), pad);
}

const bodyOf = (config: RobertaConfig, { role, readsPooler, readsFirstOnly }: HeadRow<RobertaConfig>): Body => {
  const { pad_token_id: pad } = config;
  const stack = {
    embed: normalisedEmbedding(config, { of: ({ ids }) => positionsOf(ids, pad), padRow: pad }),
    block: () => bertBlock(config),
  };
  const use = { prefix: role === 'encoder' ? '' : prefix, tokens: tokensOf(config) };
  return bertBody(config, stack, { ...use, readsPooler, readsFirstOnly });
};

/** Source: transformers 5.24.0 modeling_roberta.py, RobertaLMHead: its GELU does not depend on `hidden_act`. */
const languageLayerOf = predictionLayer(
  { dense: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
  'gelu',
);

/** Source: transformers 5.24.0 modeling_roberta.py, RobertaClassificationHead. */
const classifierLayersOf = (config: RobertaConfig) => denseClassifierOf(config, 'tanh');

/** A family with RoBERTa's inputs and names; those of its classes start with `name`. */
const robertaKind = (
  name: string,
  config: FamilyRow<RobertaConfig>['config'],
  fileDefaults: FamilyRow<RobertaConfig>['fileDefaults'],
): FamilyRow<RobertaConfig> => ({
  config,
  fileDefaults,
  neutral: {},
  heads: [
    baseHead(`${name}Model`, { readsPooler: true }),
    maskedLmHead<RobertaConfig>(`${name}ForMaskedLM`, languageLayerOf),
    firstTokenClassificationHead(`${name}ForSequenceClassification`, classifierLayersOf),
    taggingHead<RobertaConfig>(`${name}ForTokenClassification`, classifierOf),
    questionAnsweringHead(`${name}ForQuestionAnswering`),
  ],
  body: bodyOf,
  tokens: tokensOf,
  files: ({ tie_word_embeddings: isTied }) =>
    relativeFiles({
      ...{ prefix, heads: [`${prefix}.pooler.**`, 'lm_head.**'], isTied },
      ...{ decoder: 'lm_head.decoder', bias: 'lm_head.bias' },
    }),
});

/**
 * RoBERTa: BERT with positions that skip padding and another head.
 *
 * Source: Liu et al. 2019; transformers 5.24.0 modeling_roberta.py for names and classes.
 */
export const robertaFamily: FamilyRow<RobertaConfig> = robertaKind(
  'Roberta',
  robertaConfig('roberta', 'encoder of Liu et al. 2019, as in Transformers'),
  { vocab_size: 50265 },
);

/** XLM-RoBERTa: RoBERTa for many languages. Source: Conneau et al. 2020; transformers 5.24.0 modeling_xlm_roberta.py. */
export const xlmRobertaFamily: FamilyRow<RobertaConfig> = robertaKind(
  'XLMRoberta',
  robertaConfig('xlm-roberta', 'multilingual encoder of Conneau et al. 2020, as in Transformers'),
  { vocab_size: 30522 },
);
