import { z } from 'zod';
import { type AlignmentScoreName, alignmentScores } from '../nn/index.ts';
import { derived } from './derived-field.ts';
import { checkTokenIds, recurrentFields, tokenId } from './recurrent-config.ts';

const count = z.int().min(1);
const noAttention = 'none';

/** The form of a `config.json` of `model_type` `recurrent_seq2seq`. */
export const recurrentSeq2SeqConfig = z
  .strictObject({
    model_type: z
      .literal('recurrent_seq2seq')
      .describe('recurrent encoder and decoder, with the attention of Bahdanau, of Luong, or none'),
    ...recurrentFields,
    bidirectional: z.boolean().default(true).describe('the encoder reads in both directions'),
    decoder_hidden_size: count.optional().describe('width of the decoder’s state; hidden_size when left out'),
    num_decoder_layers: z.int().min(1).max(1000).optional().describe('num_hidden_layers when left out'),
    attention: z
      .enum([noAttention, ...(Object.keys(alignmentScores) as AlignmentScoreName[])])
      .default('additive')
      .describe(
        'score of a decoder state and an encoder state; none: the encoder’s last state is all the decoder gets',
      ),
    attention_size: count.optional().describe('width inside additive scores; decoder_hidden_size when left out'),
    attention_query: z
      .enum(['previous', 'current'])
      .default('current')
      .describe('the state that attends: before the cell, whose input the context is (Bahdanau), or after it (Luong)'),
    attention_window: count.default(10).describe('half the width of the window of attention: local, tokens'),
    input_feeding: z
      .boolean()
      .default(false)
      .describe('the output vector enters the next step (Luong); needs attention'),
    share_encoder_decoder_embeddings: z
      .boolean()
      .default(true)
      .describe('one table for both sides; follows tokenizer.shared'),
    decoder_vocab_size: derived(count.nullish(), 'tokens of the target’s vocabulary where each side has its own'),
    tie_word_embeddings: z.boolean().default(false).describe('the output layer is the decoder’s embedding table'),
    eos_token_id: derived(tokenId.default(0), 'the token that ends a text'),
    decoder_start_token_id: derived(tokenId, 'the token that every target begins after'),
    forced_eos_token_id: derived(tokenId.nullable().default(null), 'last token where a result is as long as may be'),
  })
  .superRefine((config, context) => {
    const size = targetSize(config);
    const target = [size === config.vocab_size ? 'vocab_size' : 'decoder_vocab_size', size] as const;
    const { eos_token_id, decoder_start_token_id, forced_eos_token_id, pad_token_id } = config;
    checkTokenIds({ eos_token_id, decoder_start_token_id, forced_eos_token_id, pad_token_id }, target, context);
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (config.input_feeding && config.attention === noAttention) {
      refuse('input_feeding', 'expected an attention, whose output is fed, got attention: none');
    }
    const needed = config.num_hidden_layers;
    if (config.num_decoder_layers !== undefined && config.num_decoder_layers !== needed) {
      const layers = config.num_decoder_layers;
      refuse(
        'num_decoder_layers',
        `expected num_hidden_layers = ${needed}, whose states it starts from, got ${layers}`,
      );
    }
  });

export type RecurrentSeq2SeqConfig = z.output<typeof recurrentSeq2SeqConfig>;

/** How many tokens the decoder knows: its own vocabulary when the sides do not share one. */
export function targetSize(
  config: Pick<RecurrentSeq2SeqConfig, 'vocab_size' | 'decoder_vocab_size' | 'share_encoder_decoder_embeddings'>,
): number {
  const { share_encoder_decoder_embeddings: isShared, decoder_vocab_size: own, vocab_size: shared } = config;
  return isShared ? shared : (own ?? shared);
}
