import { sequenceDefaults } from '../../heads/fields/sequence-fields.ts';
import type { FamilyRow } from '../family-row.ts';
import { type BartConfig, bartSchema, checkBart, startToken } from './fields.ts';
import { bartHeads } from './heads.ts';
import { bartKind } from './kind.ts';
import { afterStart } from './shift.ts';
import { learnedPositions } from './stack.ts';

const bartConfig = bartSchema('bart', 'encoder–decoder of Lewis et al. 2020, as in Transformers').superRefine(
  checkBart,
);

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
  heads: bartHeads('Bart'),
  stack: { normPlace: 'post', positions: learnedPositions, hasEmbeddingNorm: true },
  shifting: (config) => ({ source: (ids) => afterStart(ids, startToken(config)) }),
  ignore: () => ['encoder.version', 'decoder.version'],
  generationDefaults: sequenceDefaults,
});
