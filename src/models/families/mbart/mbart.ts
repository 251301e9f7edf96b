import * as z from 'zod';
import type { StartSettings } from '../../body/decoder.ts';
import { derived } from '../../derived-field.ts';
import { sequenceDefaults } from '../../heads/fields/sequence-fields.ts';
import { type BartConfig, bartSchema, checkBart } from '../bart/fields.ts';
import { bartHeads } from '../bart/heads.ts';
import { bartKind } from '../bart/kind.ts';
import { afterOwnLast } from '../bart/shift.ts';
import { learnedPositions } from '../bart/stack.ts';
import type { FamilyRow } from '../family-row.ts';

const mbartConfig = bartSchema('mbart', 'encoder–decoder of Liu et al. 2020 over many languages, as in Transformers')
  .extend({
    decoder_start_token_id: derived(
      z.int().min(0).nullable().default(null),
      'token that generation starts from: the language of the target, or the end token before it',
    ),
  })
  .superRefine(checkBart);

/** The last token of a target that is not padding: its language, or the end token if the language comes first. */
const lastOf =
  ({ pad_token_id: padding }: BartConfig) =>
  (target: Int32Array): number =>
    target[Math.max(0, target.filter((id) => id !== padding).length - 1)];

/** Targets start with their language, or with an end token and then their language. */
const startFault =
  ({ eos_token_id: end }: BartConfig) =>
  ({ decoder_start_token_id: start, forced_bos_token_id: first }: StartSettings): string | undefined => {
    if (typeof first === 'number' || (typeof start === 'number' && start !== end)) return undefined;
    return (
      'the language of the target is missing: expected its token as decoder_start_token_id, ' +
      `or as forced_bos_token_id where the decoder starts from the end token ${end}`
    );
  };

/**
 * mBART: BART with a norm before every sublayer and after the last block. Texts end or begin with the id of their
 * language; what the decoder reads is its target with the last token moved to the front.
 *
 * Source: Liu et al. 2020; Tang et al. 2020; transformers 5.24.0 modeling_mbart.py for names and classes.
 */
export const mbartFamily: FamilyRow<BartConfig> = bartKind({
  config: mbartConfig,
  fileDefaults: { vocab_size: 50265, pad_token_id: 1, eos_token_id: 2, forced_eos_token_id: 2 },
  heads: bartHeads('MBart', (config) => ({ startFault: startFault(config) })),
  stack: { normPlace: 'pre', positions: learnedPositions, hasEmbeddingNorm: true },
  shifting: (config) => ({ source: (ids) => afterOwnLast(ids, config.pad_token_id), startOf: lastOf(config) }),
  generationDefaults: sequenceDefaults,
});
