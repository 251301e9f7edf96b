import { sinusoids } from '../../../nn/index.ts';
import { baseHead } from '../../heads/base.ts';
import { sequenceGeneration } from '../../heads/sequence-fields.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import type { BartConfig } from '../bart/fields.ts';
import { bartKind } from '../bart/kind.ts';
import { biasedOutput } from '../bart/output.ts';
import type { FamilyRow } from '../family-row.ts';
import { marianConfig, marianFileDefaults } from './config.ts';

/**
 * Marian, the encoder–decoder Transformer of 2017 as a configuration: post-norm, sinusoidal positions, scaled and tied
 * embeddings. Parameters have the names of Transformers' `MarianMTModel`.
 *
 * Source: Vaswani et al. 2017; Junczys-Dowmunt et al. 2018; transformers 5.24.0 modeling_marian.py.
 */
export const marianFamily: FamilyRow<BartConfig> = bartKind({
  config: marianConfig,
  fileDefaults: marianFileDefaults,
  neutral: {
    add_bias_logits: { only: [false], why: 'Transformers never reads it' },
    add_final_layer_norm: { only: [false], why: 'Transformers never reads it' },
    classif_dropout: 'any',
    classifier_dropout: 'any',
    extra_pos_embeddings: 'any',
    num_hidden_layers: 'any',
  },
  heads: [sequenceHead('MarianMTModel', biasedOutput), baseHead('MarianModel')],
  stack: {
    normPlace: 'post',
    positions: ({ max_position_embeddings: rows, d_model: width }) => ({ positions: sinusoids(rows, width) }),
    hasEmbeddingNorm: false,
  },
  ignore: ['encoder.embed_positions.weight', 'decoder.embed_positions.weight'],
  generationDefaults: sequenceGeneration,
});
