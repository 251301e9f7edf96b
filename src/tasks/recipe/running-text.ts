import * as z from 'zod';
import { dataFields, readFields } from './data.ts';
import { bestIsValidated, patienceIsValidated } from './train.ts';

/** The share of the training text that is used for validation if there is no validation file. */
const usualShare = 0.1;

const kinds = z.enum(['text', 'lines']).default('text');

/** The files of running text; `documents` describes what counts as a text. */
export const runningText = (documents: string) =>
  z
    .strictObject({
      ...dataFields,
      train: z.string().min(1).describe('a text file, plain or `.gz`'),
      validation: z.string().min(1).optional().describe('used for eval_loss, early stopping and the best checkpoint'),
      test: z.string().min(1).optional().describe('scored once, with the final weights'),
      validation_share: z
        .number()
        .min(0)
        .lt(1)
        .optional()
        .describe(
          `share of the training text, at its end, used for validation if there is no validation file; by default ${usualShare}; 0: none`,
        ),
      documents: kinds.describe(documents),
    })
    .refine(({ validation, validation_share: share }) => validation === undefined || !share, {
      path: ['validation_share'],
      error: 'expected none with a validation file',
    })
    .transform(({ validation_share, ...data }) => ({
      ...data,
      validation_share: validation_share ?? (data.validation === undefined ? usualShare : 0),
    }))
    .describe('running text to learn from');

/** A recipe's checked `data` of running text. */
export type RunningText = z.output<ReturnType<typeof runningText>>;

/** Settings of `data` for evaluating a text. */
export const runningTextLayout = z.strictObject({ ...readFields, documents: kinds });

/** The settings that a recipe's `data` implies for the evaluation of a text. */
export const layoutOfText = ({ documents, max_unpacked_bytes }: RunningText) => ({ documents, max_unpacked_bytes });

/** A recipe over running text, as far as the checks of its validation read it. */
interface Validated {
  readonly train: Parameters<(typeof patienceIsValidated)[0]>[0]['train'];
  readonly data: Pick<RunningText, 'validation' | 'validation_share'>;
}

/** Checks that what needs validation text has some: early stopping, the selection of the best checkpoint. */
export function checkValidated({ train, data }: Validated, context: z.core.$RefinementCtx): void {
  const validation = data.validation ?? (data.validation_share > 0 ? data.validation_share : undefined);
  for (const [holds, { path, error }] of [patienceIsValidated, bestIsValidated]) {
    if (!holds({ train, data: { validation } })) context.addIssue({ code: 'custom', path, message: error });
  }
}
