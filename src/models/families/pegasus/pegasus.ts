import { baseHead } from '../../heads/base.ts';
import { sequenceDefaults } from '../../heads/fields/sequence-fields.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import { type BartConfig, bartSchema, checkBart } from '../bart/fields.ts';
import { bartKind } from '../bart/kind.ts';
import { biasedOutput } from '../bart/output.ts';
import { savedSinusoids } from '../bart/stack.ts';
import type { FamilyRow } from '../family-row.ts';

const pegasusConfig = bartSchema('pegasus', 'encoder–decoder of Zhang et al. 2020, as in Transformers').superRefine(
  checkBart,
);

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
  heads: [sequenceHead('PegasusForConditionalGeneration', biasedOutput), baseHead('PegasusModel')],
  stack: { normPlace: 'pre', positions: savedSinusoids, hasEmbeddingNorm: false },
  generationDefaults: sequenceDefaults,
});
