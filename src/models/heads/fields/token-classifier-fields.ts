import * as z from 'zod';
import { checkLabels, classifierDropout, labelShape } from './classifier-fields.ts';
import { spanSchemes } from './span-scheme.ts';

/**
 * The fields of `config.json` that a head over every token's vector has: Transformers' names, and ours for the CRF over
 * the labels and for how they mark spans.
 */
export const tokenClassifierFields = z
  .strictObject({
    classifier_dropout: classifierDropout.describe('dropout of the token vectors; null means none'),
    crf: z.boolean().default(false).describe('whether a linear-chain CRF scores neighbouring labels'),
    tag_scheme: z
      .enum(spanSchemes)
      .default('none')
      .describe('how labels mark spans: B-PER I-PER O, or also with E- and S-; by default recognised from the data'),
    ...labelShape,
  })
  .superRefine(checkLabels);

/** The fields of a head that has neither a dropout of its own nor a CRF. */
export const taggedFields = z
  .strictObject({
    tag_scheme: z
      .enum(spanSchemes)
      .optional()
      .describe('how labels mark spans: B-PER I-PER O, or also with E- and S-; by default recognised from the labels'),
    ...labelShape,
  })
  .superRefine(checkLabels);

export type TaggedFields = z.output<typeof taggedFields>;

export type TokenClassifierFields = z.output<typeof tokenClassifierFields>;
