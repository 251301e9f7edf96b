import * as z from 'zod';
import { generationNumbers, stopStrings } from '../../decode/settings/generation-config.ts';

const tokenId = z.int().min(0);
const share = (meaning: string) => z.number().min(0).max(1).optional().describe(meaning);

/**
 * How the finished model generates, with the names of `GenerationConfig`; absent fields have the defaults of
 * `GenerationConfig`.
 *
 * @param beams the default of `num_beams`.
 */
export const generationFields = (beams: number) =>
  z
    .strictObject({
      num_beams: generationNumbers.num_beams.default(beams).describe('hypotheses kept at each step; 1: greedy search'),
      num_return_sequences: generationNumbers.num_return_sequences
        .optional()
        .describe('results per text; at most num_beams without do_sample'),
      do_sample: z
        .boolean()
        .optional()
        .describe('sample tokens instead of searching for the likeliest; needs num_beams: 1'),
      seed: z.int().min(0).optional().describe('seed of sampling, by default 42; the same seed gives the same text'),
      temperature: generationNumbers.temperature
        .optional()
        .describe('temperature of sampling; below 1, likely tokens become likelier'),
      top_k: z
        .int()
        .min(0)
        .optional()
        .describe('sample from this many of the likeliest tokens, by default 50; 0: from all'),
      top_p: share('sample from the likeliest tokens whose probabilities add up to this'),
      min_p: share('sample from tokens at least this many times as likely as the likeliest one'),
      typical_p: share('sample from the most typical tokens whose probabilities add up to this'),
      epsilon_cutoff: share('sample from tokens with at least this probability'),
      eta_cutoff: share('sample from tokens with at least this probability, or less if many tokens are plausible'),
      length_penalty: generationNumbers.length_penalty
        .default(1)
        .describe('scores are divided by length to this power'),
      early_stopping: z
        .union([z.boolean(), z.literal('never')])
        .optional()
        .describe('whether beam search ends with num_beams results; never: only when no better one is possible'),
      max_new_tokens: z.int().min(1).default(128).describe('the most tokens in a result'),
      min_new_tokens: z.int().min(0).optional().describe('the fewest tokens in a result'),
      no_repeat_ngram_size: z
        .int()
        .min(0)
        .optional()
        .describe('no sequence of this many tokens occurs twice; 0: no limit'),
      repetition_penalty: generationNumbers.repetition_penalty
        .optional()
        .describe('above 1: tokens that occurred before score less'),
      stop_strings: stopStrings
        .optional()
        .describe('a text or a list of texts; a result ends with the token in which one of them ends'),
      max_time: generationNumbers.max_time
        .optional()
        .describe('seconds per call; after that every result ends where it is'),
      bad_words_ids: z.array(z.array(tokenId).min(1)).optional().describe('token sequences that never occur'),
      renormalize_logits: z.boolean().optional().describe('normalize scores to log-probabilities after all rules'),
      forced_bos_token_id: tokenId.optional().describe('first token of every result'),
      forced_eos_token_id: tokenId.optional().describe('last token of a result that reaches the maximum length'),
    })
    .refine(({ do_sample, num_beams }) => !do_sample || num_beams === 1, {
      path: ['num_beams'],
      error: 'expected 1 with do_sample',
    })
    .refine(({ num_return_sequences: n, num_beams, do_sample }) => do_sample || n === undefined || n <= num_beams, {
      path: ['num_return_sequences'],
      error: 'expected at most num_beams',
    })
    .refine(({ min_new_tokens: least, max_new_tokens: most }) => least === undefined || least <= most, {
      path: ['min_new_tokens'],
      error: 'expected at most max_new_tokens',
    })
    .prefault({});

/** How a model that reads a text and writes another generates. */
export const generation = generationFields(5);
