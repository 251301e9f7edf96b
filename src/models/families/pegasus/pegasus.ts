import * as z from 'zod';
import { baseHead } from '../../heads/base.ts';
import { sequenceDefaults } from '../../heads/sequence-fields.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import {
  type BartConfig,
  bartFields,
  bartNeutral,
  checkBart,
  largeDefaults,
  sharedVocabulary,
} from '../bart/fields.ts';
import { bartKind } from '../bart/kind.ts';
import { biasedOutput } from '../bart/output.ts';
import { savedSinusoids } from '../bart/stack.ts';
import type { FamilyRow } from '../family-row.ts';

const pegasusConfig = z
  .strictObject({
    model_type: z.literal('pegasus').describe('encoder–decoder of Zhang et al. 2020, as in Transformers'),
    ...sharedVocabulary,
    ...bartFields(largeDefaults),
  })
  .superRefine(checkBart);

/**
 * Pegasus: an encoder and a decoder with sinusoidal positions, a norm before every sublayer and after the last block.
 *
 * Source: Zhang et al. 2020; transformers 5.24.0 modeling_pegasus.py for names and classes.
 */
export const pegasusFamily: FamilyRow<BartConfig> = bartKind({
  config: pegasusConfig,
  fileDefaults: {
    vocab_size: 50265,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0,
    forced_eos_token_id: 1,
  },
  neutral: {
    ...bartNeutral,
    normalize_before: { only: [true], why: 'norms are before the sublayers' },
    normalize_embedding: { only: [false], why: 'embeddings are not normalised' },
    add_final_layer_norm: { only: [true], why: 'a norm follows the last block' },
    static_position_embeddings: { only: [true], why: 'positions are sinusoids' },
  },
  heads: [sequenceHead('PegasusForConditionalGeneration', biasedOutput), baseHead('PegasusModel')],
  stack: { normPlace: 'pre', positions: savedSinusoids, hasEmbeddingNorm: false },
  generationDefaults: sequenceDefaults,
});
