import { type AttentionConfig, normal, projected } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackStep } from '../../body/transformer-spec.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { textInputs, tokenTypeIds } from '../../inputs/text-input.ts';
import { textTokens } from '../../tokens.ts';
import { bertBlock, bertEmbedding } from '../bert/body.ts';
import { relativeFiles } from '../bert/files.ts';
import type { FamilyRow } from '../family-row.ts';
import { drawBlocks, isSparse, mostTokens, reachOf } from './block-plan.ts';
import { type BigBirdConfig, bigBirdConfig, bigBirdFileDefaults } from './config.ts';
import { bigBirdHeads } from './heads.ts';
import { checkBlocks, paddedBody } from './padding.ts';
import { sparseAttention } from './sparse-attention.ts';

const prefix = 'bert';

/** The sum of the vectors of words, token types and positions; dropout comes before the norm. */
function embedding(config: BigBirdConfig): StackStep[] {
  const scale = config.rescale_embeddings ? Math.sqrt(config.hidden_size) : 1;
  return [
    ...bertEmbedding(config).map((step) => ('words' in step ? { ...step, scale } : step)),
    { drop: config.hidden_dropout_prob, at: 'embeddings' },
    { norm: 'embeddings.LayerNorm' },
  ];
}

/** Attention in one of its two forms. Block-sparse attention drops no weights. */
function attentionOf(config: BigBirdConfig, plain: AttentionConfig, isInBlocks: boolean): AttentionConfig {
  const { block_size: blockSize, num_random_blocks: random, use_bias: hasBias } = config;
  return {
    ...plain,
    // Only the projection of the result always has a bias.
    ...(!hasBias && { project: (scope, x) => projected(scope, { ...plain, hasBias: false }, x) }),
    ...(isInBlocks && {
      mix: sparseAttention({ blockSize, random, draw: drawBlocks(config), reach: reachOf(config) }),
    }),
  };
}

function formOf(
  config: BigBirdConfig,
  { role, readsPooler, readsFirstOnly }: HeadRow<BigBirdConfig>,
  isInBlocks: boolean,
): Body {
  const { attention, ...block } = bertBlock(config);
  const own = { ...block, attention: attentionOf(config, attention, isInBlocks) };
  const [ids, mask] = textInputs(textTokens(config, config.max_position_embeddings));
  return transformer({
    prefix: role === 'encoder' ? '' : prefix,
    inputs: [{ ...ids, check: checkBlocks(config) }, mask, tokenTypeIds(config.type_vocab_size)],
    maxPositions: mostTokens(config),
    encoder: {
      at: 'encoder',
      embed: embedding(config),
      layers: config.num_hidden_layers,
      layer: (index) => `layer.${index}`,
      block: () => own,
    },
    pooler: readsPooler
      ? { at: 'pooler', activation: 'tanh', initializer: normal(0, config.initializer_range) }
      : undefined,
    // Block-sparse attention answers whole blocks of queries.
    isFirstOnly: readsFirstOnly && !isInBlocks,
  });
}

/** The body in both forms; `block_places` is an input of the one for long texts. */
function bodyOf(config: BigBirdConfig, head: HeadRow<BigBirdConfig>): Body {
  const whole = formOf(config, head, false);
  if (!isSparse(config, mostTokens(config))) return whole;
  const inBlocks = paddedBody(formOf(config, head, true), config);
  return { ...inBlocks, run: (root, given) => (given.block_places ? inBlocks : whole).run(root, given) };
}

/**
 * BigBird: BERT whose attention in long texts is block-sparse. A text of at most (5 + 2·R)·block_size tokens is attended
 * to as a whole. A training has one form, that of its `max_length`.
 *
 * Source: Zaheer et al. 2020; transformers 5.24.0 modeling_big_bird.py for names and classes.
 */
export const bigBirdFamily: FamilyRow<BigBirdConfig> = {
  config: bigBirdConfig,
  fileDefaults: bigBirdFileDefaults,
  neutral: {},
  heads: bigBirdHeads,
  body: bodyOf,
  tokens: (config) => textTokens(config, mostTokens(config)),
  files: ({ tie_word_embeddings: isTied }) =>
    relativeFiles({
      ...{ prefix, heads: ['bert.pooler.**', 'cls.**', 'qa_classifier.**'], isTied },
      ...{ decoder: 'cls.predictions.decoder', bias: 'cls.predictions.bias' },
    }),
};
