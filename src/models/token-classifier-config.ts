import { z } from 'zod';
import { checkLabels, labelShape } from './classifier-config.ts';
import { spanSchemes } from './span-scheme.ts';

/**
 * The fields of `config.json` that a head over every token's vector has: Transformers' names, and ours for the chain
 * over the labels and for how they mark spans.
 */
export const tokenClassifierFields = z
  .strictObject({
    classifier_dropout: z
      .number()
      .min(0)
      .lt(1)
      .nullable()
      .default(0.1)
      .describe('of the tokens’ vectors; null means none'),
    crf: z.boolean().default(false).describe('scores neighbouring labels too: a linear-chain CRF over the tokens'),
    tag_scheme: z
      .enum(spanSchemes)
      .default('none')
      .describe('how labels mark spans: B-PER I-PER O, or with E- and S-; by default as the recipe’s data have it'),
    ...labelShape,
  })
  .superRefine(checkLabels);

export type TokenClassifierFields = z.output<typeof tokenClassifierFields>;
