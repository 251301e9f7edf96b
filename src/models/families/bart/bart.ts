import * as z from 'zod';
import { sequenceDefaults } from '../../heads/sequence-fields.ts';
import type { FamilyRow } from '../family-row.ts';
import {
  type BartConfig,
  bartFields,
  bartNeutral,
  checkBart,
  largeDefaults,
  sharedVocabulary,
  startToken,
} from './fields.ts';
import { bartHeads } from './heads.ts';
import { bartKind } from './kind.ts';
import { afterStart } from './shift.ts';
import { learnedPositions } from './stack.ts';

const bartConfig = z
  .strictObject({
    model_type: z.literal('bart').describe('encoder–decoder of Lewis et al. 2020, as in Transformers'),
    ...sharedVocabulary,
    ...bartFields(largeDefaults),
  })
  .superRefine(checkBart);

/**
 * BART: an encoder and a decoder with learned positions, a norm after the embeddings and after every sublayer.
 *
 * Source: Lewis et al. 2020; transformers 5.24.0 modeling_bart.py for names and classes.
 */
export const bartFamily: FamilyRow<BartConfig> = bartKind({
  config: bartConfig,
  fileDefaults: {
    vocab_size: 50265,
    pad_token_id: 1,
    eos_token_id: 2,
    decoder_start_token_id: 2,
    forced_eos_token_id: 2,
  },
  neutral: {
    ...bartNeutral,
    normalize_before: { only: [false], why: 'norms are after the sublayers' },
    normalize_embedding: { only: [true], why: 'embeddings are normalised' },
    add_final_layer_norm: { only: [false], why: 'no norm follows the last block' },
    static_position_embeddings: { only: [false], why: 'positions are learned' },
  },
  heads: bartHeads('Bart'),
  stack: { normPlace: 'post', positions: learnedPositions, hasEmbeddingNorm: true },
  shifting: (config) => ({ source: (ids) => afterStart(ids, startToken(config)) }),
  ignore: () => ['encoder.version', 'decoder.version'],
  generationDefaults: sequenceDefaults,
});
