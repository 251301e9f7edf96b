import { z } from 'zod';

const tokenId = z.int().min(0);

/** How the finished model generates, by `GenerationConfig`'s names; what is left out has `GenerationConfig`'s default. */
export const generation = z
  .strictObject({
    num_beams: z.int().min(1).default(5).describe('hypotheses kept at each step; 1 is greedy'),
    num_return_sequences: z.int().min(1).optional(),
    length_penalty: z.number().default(1).describe('exponent of the length that divides a score'),
    early_stopping: z.union([z.boolean(), z.literal('never')]).optional(),
    max_new_tokens: z.int().min(1).default(128),
    min_new_tokens: z.int().min(0).optional(),
    no_repeat_ngram_size: z.int().min(0).optional(),
    repetition_penalty: z.number().positive().optional(),
    bad_words_ids: z.array(z.array(tokenId).min(1)).optional(),
    renormalize_logits: z.boolean().optional(),
    forced_bos_token_id: tokenId.optional(),
    forced_eos_token_id: tokenId.optional(),
  })
  .refine(({ num_return_sequences: n, num_beams }) => n === undefined || n <= num_beams, {
    path: ['num_return_sequences'],
    error: 'expected at most num_beams',
  })
  .refine(({ min_new_tokens: least, max_new_tokens: most }) => least === undefined || least <= most, {
    path: ['min_new_tokens'],
    error: 'expected at most max_new_tokens',
  })
  .prefault({});
