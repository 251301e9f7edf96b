import * as z from 'zod';
import { generationNumbers, stopStrings } from '../../decode/settings/generation-config.ts';

const tokenId = z.int().min(0);
const share = (meaning: string) => z.number().min(0).max(1).optional().describe(meaning);

/**
 * How the finished model generates, by `GenerationConfig`'s names; what is left out has `GenerationConfig`'s default.
 *
 * @param beams `num_beams` where a recipe does not say.
 */
export const generationFields = (beams: number) =>
  z
    .strictObject({
      num_beams: generationNumbers.num_beams.default(beams).describe('hypotheses kept at each step; 1 is greedy'),
      num_return_sequences: generationNumbers.num_return_sequences
        .optional()
        .describe('results for a text, at most num_beams without do_sample'),
      do_sample: z
        .boolean()
        .optional()
        .describe('draws tokens instead of searching for the likeliest; needs num_beams: 1'),
      seed: z.int().min(0).optional().describe('of the draws, by default 42; the same seed draws the same text'),
      temperature: generationNumbers.temperature
        .optional()
        .describe('of the draws: below 1 likely tokens come more often'),
      top_k: z
        .int()
        .min(0)
        .optional()
        .describe('draws from so many of the likeliest tokens, by default 50; 0: from all'),
      top_p: share('draws from the likeliest tokens that together have this probability'),
      min_p: share('draws from tokens at least so many times as likely as the likeliest'),
      typical_p: share('draws from the tokens of most typical surprise that together have this probability'),
      epsilon_cutoff: share('draws from tokens with at least this probability'),
      eta_cutoff: share('draws from tokens with at least this probability, or less where many are possible'),
      length_penalty: generationNumbers.length_penalty
        .default(1)
        .describe('exponent of the length that divides a score'),
      early_stopping: z
        .union([z.boolean(), z.literal('never')])
        .optional()
        .describe('whether a search ends with num_beams results; never: only when none can become better'),
      max_new_tokens: z.int().min(1).default(128).describe('tokens of a result at most'),
      min_new_tokens: z.int().min(0).optional().describe('tokens of a result at least'),
      no_repeat_ngram_size: z.int().min(0).optional().describe('so many tokens in a row never come twice; 0 allows it'),
      repetition_penalty: generationNumbers.repetition_penalty
        .optional()
        .describe('above 1: tokens that came before score less'),
      stop_strings: stopStrings
        .optional()
        .describe('a text or a list of texts: a result ends with the token in which one of them ends'),
      max_time: generationNumbers.max_time.optional().describe('seconds of a call; then every result ends where it is'),
      bad_words_ids: z.array(z.array(tokenId).min(1)).optional().describe('token sequences that never come'),
      renormalize_logits: z.boolean().optional().describe('scores are log-probabilities again after all rules'),
      forced_bos_token_id: tokenId.optional().describe('first token of every result'),
      forced_eos_token_id: tokenId.optional().describe('last token where a result is as long as may be'),
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
