import type { HeadRow } from '../../heads/head-row.ts';
import type { FileRules } from '../family-row.ts';
import type { BartConfig } from './fields.ts';

/** The path of the body in a class: the class without a head is the body itself. */
export const bartPrefix = ({ role }: Pick<HeadRow<BartConfig>, 'role'>): string => (role === 'encoder' ? '' : 'model');

/**
 * The files of BART and its relatives: the table that both sides share, and the output layer tied to it.
 *
 * @param ignore tensors that are not parameters.
 */
export function bartFiles(config: BartConfig, head: HeadRow<BartConfig>, ignore: readonly string[] = []): FileRules {
  const prefix = bartPrefix(head);
  const under = (name: string) => (prefix === '' ? name : `${prefix}.${name}`);
  const isShared = config.share_encoder_decoder_embeddings !== false;
  const table = under(isShared ? 'shared.weight' : 'decoder.embed_tokens.weight');
  const lookups = isShared ? ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'].map(under) : [];
  const ownField = config.share_encoder_decoder_embeddings === undefined ? null : 'share_encoder_decoder_embeddings';
  const tied = config.tie_word_embeddings ? [...lookups, 'lm_head.weight'] : lookups;
  return {
    checkpoint: {
      prefix: 'model',
      ignore,
      heads: ['lm_head.**', 'final_logits_bias', 'classification_head.**', 'qa_outputs.**'],
      tied: new Map(tied.map((name) => [name, table])),
      untiedBy: new Map(lookups.map((name) => [name, ownField])),
      // Transformers 4 gives the decoder a table with the source's rows.
      longTables: isShared || config.tie_word_embeddings ? [] : ['decoder.embed_tokens.weight'],
    },
    // Transformers 5 ties the embeddings only if it ties the head too.
    copies: new Map(config.tie_word_embeddings ? [] : lookups.map((name) => [name, table])),
  };
}
