import * as z from 'zod';
import { type AlignmentScoreName, alignmentScores } from '../../../nn/index.ts';
import { targetLimit, targetTokenFields, vocabularyFields } from '../../heads/fields/sequence-fields.ts';
import { count, layers } from '../field.ts';
import { checkTokenIds, recurrentFields } from './fields.ts';

const noAttention = 'none';

/** The schema of a `config.json` of `model_type` `recurrent_seq2seq`. */
export const recurrentSeq2SeqConfig = z
  .strictObject({
    model_type: z
      .literal('recurrent_seq2seq')
      .describe('recurrent encoder and decoder, with Bahdanau’s attention, Luong’s, or none'),
    ...recurrentFields,
    bidirectional: z.boolean().default(true).describe('whether the encoder reads in both directions'),
    decoder_hidden_size: count.optional().describe('width of the decoder’s state; by default hidden_size'),
    num_decoder_layers: layers.optional().describe('number of decoder layers; by default num_hidden_layers'),
    init_hidden: z
      .enum(['bridge', 'last'])
      .default('bridge')
      .describe(
        'first states of the decoder: a layer with tanh over the encoder’s last states; or those states themselves, if only one direction reads',
      ),
    attention: z
      .enum([noAttention, ...(Object.keys(alignmentScores) as AlignmentScoreName[])])
      .default('additive')
      .describe(
        'attention score of a decoder state and an encoder state; with none, the decoder gets only the encoder’s last state',
      ),
    attention_size: count.optional().describe('inner width of additive scores; by default decoder_hidden_size'),
    attention_query: z
      .enum(['previous', 'current'])
      .default('current')
      .describe(
        'the state that attends: previous, before the cell, which reads the context (Bahdanau); or current, after it (Luong)',
      ),
    attention_window: count.default(10).describe('half the width, in tokens, of the window of local attention'),
    input_feeding: z
      .boolean()
      .default(false)
      .describe('whether the output vector enters the next step (Luong); needs attention'),
    ...vocabularyFields,
    tie_word_embeddings: z
      .boolean()
      .default(false)
      .describe('whether the output layer reuses the decoder’s embedding table'),
    ...targetTokenFields,
  })
  .superRefine((config, context) => {
    const { eos_token_id, decoder_start_token_id, forced_eos_token_id, pad_token_id } = config;
    checkTokenIds(
      { eos_token_id, decoder_start_token_id, forced_eos_token_id, pad_token_id },
      targetLimit(config),
      context,
    );
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (config.input_feeding && config.attention === noAttention) {
      refuse('input_feeding', 'needs attention, got attention: none');
    }
    if (config.init_hidden === 'last') {
      const width = config.decoder_hidden_size ?? config.hidden_size;
      if (config.bidirectional) refuse('init_hidden', 'expected bridge with bidirectional, got last');
      if (width !== config.hidden_size) {
        refuse(
          'decoder_hidden_size',
          `expected hidden_size = ${config.hidden_size} with init_hidden last, got ${width}`,
        );
      }
    }
    const needed = config.num_hidden_layers;
    if (config.num_decoder_layers !== undefined && config.num_decoder_layers !== needed) {
      const layers = config.num_decoder_layers;
      refuse(
        'num_decoder_layers',
        `expected num_hidden_layers = ${needed}, because it starts from their states, got ${layers}`,
      );
    }
  });

export type RecurrentSeq2SeqConfig = z.output<typeof recurrentSeq2SeqConfig>;
