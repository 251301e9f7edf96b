import { sinusoids } from '../../../nn/index.ts';
import { baseHead } from '../../heads/base.ts';
import { sequenceGeneration } from '../../heads/fields/sequence-fields.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import type { BartConfig } from '../bart/fields.ts';
import { bartKind } from '../bart/kind.ts';
import { biasedOutput } from '../bart/output.ts';
import { type BartPositions, savedSinusoids } from '../bart/stack.ts';
import type { FamilyRow } from '../family-row.ts';
import { marianConfig, marianFileDefaults } from './config.ts';

const isBare = ({ role }: HeadRow<BartConfig>): boolean => role === 'encoder';

/**
 * Sinusoids that the files need not hold, except those of the class without a head: Transformers 5.24 reports their
 * absence there.
 */
const positions: BartPositions = {
  areLearned: false,
  step: (config, side, head) =>
    isBare(head)
      ? savedSinusoids.step(config, side, head)
      : { positions: sinusoids(config.max_position_embeddings, config.d_model) },
};

/**
 * Marian, the encoder–decoder Transformer of 2017 as a configuration: post-norm, sinusoidal positions, scaled and tied
 * embeddings. Parameters have the names of Transformers' `MarianMTModel`.
 *
 * Source: Vaswani et al. 2017; Junczys-Dowmunt et al. 2018; transformers 5.24.0 modeling_marian.py.
 */
export const marianFamily: FamilyRow<BartConfig> = bartKind({
  config: marianConfig,
  fileDefaults: marianFileDefaults,
  heads: [sequenceHead('MarianMTModel', biasedOutput), baseHead('MarianModel')],
  stack: {
    normPlace: 'post',
    positions,
    hasEmbeddingNorm: false,
  },
  ignore: (head) => (isBare(head) ? [] : ['encoder.embed_positions.weight', 'decoder.embed_positions.weight']),
  generationDefaults: sequenceGeneration,
});
