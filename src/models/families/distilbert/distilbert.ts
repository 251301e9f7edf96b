import { type BlockConfig, type Initializer, normal, normalWithPadding, sinusoidTable } from '../../../nn/index.ts';
import { legacyLayerNorm } from '../../../weights/name-rule.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackStep, TableSpec } from '../../body/transformer-spec.ts';
import { baseHead } from '../../heads/base.ts';
import { firstTokenClassificationHead } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { transformedLayer } from '../../heads/layers/transformed-layer.ts';
import { maskedLmHead } from '../../heads/masked-lm.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import type { OutputLayer } from '../../heads/terms/token-term.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import { textInputs } from '../../inputs/text-input.ts';
import { type TextTokens, textTokens } from '../../tokens.ts';
import { type EncoderNames, encoderBlock } from '../encoder-block.ts';
import type { FamilyRow } from '../family-row.ts';
import { otherNames } from '../transformers-field.ts';
import { type DistilbertConfig, distilbertConfig, distilbertFileDefaults } from './config.ts';

const prefix = 'distilbert';

/** That of every norm. Source: transformers 5.24.0 modeling_distilbert.py, where no field sets it. */
const eps = 1e-12;

const tokensOf = (config: DistilbertConfig): TextTokens => textTokens(config, config.max_position_embeddings);

/** Rows of sines and cosines in turn. Source: Vaswani et al. 2017, section 3.5. */
const alternatingSinusoids: Initializer = ([rows, width]) => {
  const table = sinusoidTable(rows, width);
  const half = Math.ceil(width / 2);
  return Float32Array.from(table, (_, at) => {
    const column = at % width;
    return table[at - column + Math.floor(column / 2) + (column % 2) * half];
  });
};

/** The names of `TransformerBlock`. */
const names: EncoderNames = {
  block: {
    self: 'attention',
    selfNorm: 'sa_layer_norm',
    cross: 'cross_attention',
    crossNorm: 'ca_layer_norm',
    feedForwardNorm: 'output_layer_norm',
  },
  attention: { query: 'q_lin', key: 'k_lin', value: 'v_lin', out: 'out_lin' },
  feedForward: { inner: 'ffn.lin1', outer: 'ffn.lin2', gate: 'ffn.gate' },
};

/** A block. Attention's output is not dropped. */
const blockOf = (config: DistilbertConfig): BlockConfig => ({
  ...encoderBlock(
    {
      hidden_size: config.dim,
      num_attention_heads: config.n_heads,
      intermediate_size: config.hidden_dim,
      hidden_act: config.activation,
      hidden_dropout_prob: config.dropout,
      attention_probs_dropout_prob: config.attention_dropout,
      initializer_range: config.initializer_range,
      layer_norm_eps: eps,
    },
    names,
  ),
  dropouts: { self: 0 },
});

/** The sum of the vectors of words and positions, its norm and its dropout, with the names of `Embeddings`. */
function embedding(config: DistilbertConfig): StackStep[] {
  const { dim: width, initializer_range: deviation, pad_token_id: padding } = config;
  const words: TableSpec = {
    ...{ at: 'embeddings.word_embeddings', rows: config.vocab_size, width },
    initializer: padding === null ? normal(0, deviation) : normalWithPadding(deviation, padding),
  };
  const positions: TableSpec = {
    ...{ at: 'embeddings.position_embeddings', rows: config.max_position_embeddings, width, part: 'positions' },
    initializer: config.sinusoidal_pos_embds ? alternatingSinusoids : normal(0, deviation),
  };
  return [
    { words, padRow: padding ?? undefined },
    { rows: positions, of: ({ places }) => places },
    { norm: 'embeddings.LayerNorm' },
    { drop: config.dropout, at: 'embeddings' },
  ];
}

const bodyOf = (config: DistilbertConfig, { role, readsFirstOnly }: HeadRow<DistilbertConfig>): Body =>
  transformer({
    prefix: role === 'encoder' ? '' : prefix,
    inputs: textInputs(tokensOf(config)),
    maxPositions: config.max_position_embeddings,
    isFirstOnly: readsFirstOnly,
    encoder: {
      at: 'transformer',
      embed: embedding(config),
      layers: config.n_layers,
      layer: (index) => `layer.${index}`,
      block: () => blockOf(config),
      end: role === 'question-answering' ? [{ drop: config.qa_dropout, at: 'transformer' }] : [],
    },
  });

const languageLayerOf = (config: DistilbertConfig, body: Body): OutputLayer =>
  transformedLayer(body, {
    dense: 'vocab_transform',
    norm: 'vocab_layer_norm',
    decoder: 'vocab_projector',
    activation: config.activation,
    eps,
    isTied: config.tie_word_embeddings,
    deviation: config.initializer_range,
  });

const classifierLayersOf = (config: DistilbertConfig) => ({
  ...{ dense: 'pre_classifier', out: 'classifier', activation: 'relu' },
  dropouts: { out: config.seq_classif_dropout },
  deviation: config.initializer_range,
});

/**
 * DistilBERT: a BERT of half the layers, without token types and without a pooler, under names of its own.
 *
 * Source: Sanh et al. 2019; transformers 5.24.0 modeling_distilbert.py for names and classes.
 */
export const distilbertFamily: FamilyRow<DistilbertConfig> = {
  config: distilbertConfig,
  fileDefaults: distilbertFileDefaults,
  neutral: {
    ...otherNames({ hidden_size: 'dim', num_attention_heads: 'n_heads', num_hidden_layers: 'n_layers' }),
    tie_weights_: 'any',
  },
  heads: [
    baseHead('DistilBertModel'),
    maskedLmHead('DistilBertForMaskedLM', languageLayerOf),
    firstTokenClassificationHead('DistilBertForSequenceClassification', classifierLayersOf),
    taggingHead('DistilBertForTokenClassification', ({ dropout, initializer_range: deviation }: DistilbertConfig) => ({
      dropout,
      deviation,
    })),
    questionAnsweringHead('DistilBertForQuestionAnswering'),
  ],
  body: bodyOf,
  tokens: tokensOf,
  files: ({ tie_word_embeddings: isTied }) => ({
    checkpoint: {
      prefix,
      rules: legacyLayerNorm,
      ignore: ['**.position_ids'],
      heads: [
        ...['vocab_transform.**', 'vocab_layer_norm.**', 'vocab_projector.**'],
        ...['pre_classifier.**', 'classifier.**', 'qa_outputs.**'],
      ],
      tied: new Map(isTied ? [['vocab_projector.weight', `${prefix}.embeddings.word_embeddings.weight`]] : []),
    },
    copies: new Map(),
  }),
};
