import type { Tensor } from '../../../graph/index.ts';
import {
  type AttentionConfig,
  type BlockConfig,
  type BlockNames,
  conv1d,
  normal,
  type Projected,
  type Scope,
  zeros,
} from '../../../nn/index.ts';
import { split, splitHeads } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackStep, TableSpec } from '../../body/transformer-spec.ts';
import { baseHead } from '../../heads/base.ts';
import { causalHead } from '../../heads/causal-lm.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { lastTokenClassificationHead } from '../../heads/last-token-classification.ts';
import { languageLayer } from '../../heads/layers/language-head.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { taggingHead } from '../../heads/token-classification.ts';
import { attentionMask, inputIds, positionIds } from '../../inputs/text-input.ts';
import { type TextTokens, textTokens } from '../../tokens.ts';
import type { FamilyRow } from '../family-row.ts';
import { otherNames } from '../transformers-field.ts';
import { type Gpt2Config, gpt2Config, gpt2FileDefaults } from './config.ts';

/** Texts are padded with the end token if no other is named. */
const tokensOf = ({ pad_token_id, eos_token_id, ...config }: Gpt2Config): TextTokens =>
  textTokens({ ...config, pad_token_id: pad_token_id ?? eos_token_id }, config.n_positions);

const names: BlockNames = {
  self: 'attn',
  selfNorm: 'ln_1',
  cross: 'crossattention',
  crossNorm: 'ln_cross_attn',
  feedForwardNorm: 'ln_2',
};

/** Queries, keys and values by one layer, `c_attn` [D, 3·D]. */
const fused =
  (config: Gpt2Config) =>
  (scope: Scope, x: Tensor): Projected => {
    const { n_embd: width, n_head: heads, initializer_range: deviation } = config;
    const size = { inFeatures: width, outFeatures: 3 * width, part: 'query' } as const;
    const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
    const all = scope.layer('c_attn', (at) => conv1d(at, { ...size, ...initial }, x));
    const parts = split.all(all, { axis: 2, sizes: [width, width, width] });
    const [query, key, value] = parts.map((part) => splitHeads(part, heads, width / heads));
    return { query, key, value };
  };

function scaleOf(config: Gpt2Config, layer: number): number {
  const scale = config.scale_attn_weights ? 1 / Math.sqrt(config.n_embd / config.n_head) : 1;
  return config.scale_attn_by_inverse_layer_idx ? scale / (layer + 1) : scale;
}

/** A block. The initial weights of both layers that end a sublayer shrink with the depth. */
function blockOf(config: Gpt2Config, layer: number): BlockConfig {
  const { n_embd: width, n_layer: layers, initializer_range: deviation } = config;
  const weights = { width, dense: conv1d, weightInitializer: normal(0, deviation), biasInitializer: zeros };
  const last = normal(0, deviation / Math.sqrt(2 * layers));
  const attention: AttentionConfig = {
    ...weights,
    heads: config.n_head,
    scale: scaleOf(config, layer),
    dropout: config.attn_pdrop,
    initializers: { out: last },
    names: { query: 'c_attn', key: 'c_attn', value: 'c_attn', out: 'c_proj' },
    project: fused(config),
  };
  return {
    attention,
    feedForward: {
      ...weights,
      innerWidth: config.n_inner ?? 4 * width,
      activation: config.activation_function,
      initializers: { outer: last },
      names: { inner: 'mlp.c_fc', outer: 'mlp.c_proj', gate: 'gate' },
    },
    normPlace: 'pre',
    eps: config.layer_norm_epsilon,
    dropout: config.resid_pdrop,
    names,
  };
}

/** The sum of the vectors of tokens and positions; the types of tokens, if given, are rows of the tokens' table. */
function embedding(config: Gpt2Config): StackStep[] {
  const table = (at: string, rows: number): TableSpec => ({
    ...{ at, rows, width: config.n_embd },
    initializer: normal(0, config.initializer_range),
  });
  const words = table('wte', config.vocab_size);
  const positions: TableSpec = { ...table('wpe', config.n_positions), part: 'positions' };
  return [
    { words },
    { rows: positions, of: ({ places, given }) => given.position_ids ?? places },
    { rows: words, of: ({ given }) => given.token_type_ids },
    { drop: config.embd_pdrop, at: 'drop' },
  ];
}

const bodyOf = (config: Gpt2Config, { role }: HeadRow<Gpt2Config>): Body => {
  const tokens = tokensOf(config);
  // Padding on the right changes no vector before it. A span's loss, though, is over all vectors of a row.
  const readsPadding = role === 'question-answering';
  return transformer({
    prefix: role === 'encoder' ? '' : 'transformer',
    inputs: [
      inputIds(tokens),
      readsPadding ? attentionMask() : { ...attentionMask(), absent: 'optional' },
      positionIds(config.n_positions, 'n_positions'),
      { ...inputIds(tokens), name: 'token_type_ids', absent: 'optional' },
    ],
    maxPositions: config.n_positions,
    readsMask: true,
    decoder: {
      at: '',
      embed: embedding(config),
      layers: config.n_layer,
      layer: (index) => `h.${index}`,
      block: (index) => blockOf(config, index),
      end: [{ norm: 'ln_f' }],
    },
  });
};

/** Source: transformers 5.24.0 modeling_gpt2.py, GPT2ForTokenClassification: without the field, dropout is 0.1. */
const taggerOf = ({ classifier_dropout: dropout, initializer_range: deviation }: Gpt2Config) => ({
  dropout: dropout ?? 0.1,
  deviation,
});

/**
 * GPT-2: a decoder with learned positions, a norm before every sublayer and weights stored as [in, out].
 *
 * Source: Radford et al. 2019; transformers 5.24.0 modeling_gpt2.py for names and classes.
 */
export const gpt2Family: FamilyRow<Gpt2Config> = {
  config: gpt2Config,
  fileDefaults: gpt2FileDefaults,
  neutral: {
    ...otherNames({
      hidden_size: 'n_embd',
      max_position_embeddings: 'n_positions',
      num_attention_heads: 'n_head',
      num_hidden_layers: 'n_layer',
    }),
    hidden_dropout: { only: [], why: 'the family has classifier_dropout in its place' },
    n_ctx: 'any',
    reorder_and_upcast_attn: 'any',
    summary_activation: 'any',
    summary_first_dropout: 'any',
    summary_proj_to_labels: 'any',
    summary_type: 'any',
    summary_use_proj: 'any',
  },
  heads: [
    baseHead('GPT2Model'),
    causalHead('GPT2LMHeadModel', ({ tie_word_embeddings: isTied, initializer_range: deviation }, body) =>
      languageLayer(body, { isTied, deviation, hasBias: false }),
    ),
    lastTokenClassificationHead('GPT2ForSequenceClassification'),
    taggingHead('GPT2ForTokenClassification', taggerOf),
    questionAnsweringHead('GPT2ForQuestionAnswering'),
  ],
  body: bodyOf,
  tokens: tokensOf,
  files: (config) => ({
    checkpoint: {
      prefix: 'transformer',
      ignore: ['**.attn.bias', '**.attn.masked_bias'],
      heads: ['lm_head.**', 'score.**', 'classifier.**', 'qa_outputs.**'],
      tied: new Map(config.tie_word_embeddings ? [['lm_head.weight', 'transformer.wte.weight']] : []),
    },
    copies: new Map(),
  }),
  generationDefaults: ({ bos_token_id, eos_token_id, pad_token_id }) => ({ bos_token_id, eos_token_id, pad_token_id }),
};
