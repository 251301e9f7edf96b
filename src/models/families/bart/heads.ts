import * as z from 'zod';
import { baseHead } from '../../heads/base.ts';
import { endTokenClassificationHead } from '../../heads/end-token-classification.ts';
import { checkLabels, type LabelledFields, problemShape } from '../../heads/fields/classifier-fields.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { spanHead } from '../../heads/question-answering.ts';
import { sequenceHead, type Writing } from '../../heads/sequence-lm.ts';
import type { BartConfig } from './fields.ts';
import { biasedOutput } from './output.ts';

const classifierFields = z
  .strictObject({
    classifier_dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('dropout of what each layer of the classifier reads'),
    ...problemShape,
  })
  .superRefine(checkLabels);

type ClassifierConfig = BartConfig & LabelledFields & { readonly classifier_dropout: number };

/** Without labels Transformers' `BartConfig` has three. */
const usualLabels = 3;

function classificationHead(architecture: string): HeadRow<ClassifierConfig, 'sequence-classification'> {
  const head = endTokenClassificationHead<ClassifierConfig>(
    architecture,
    ({ classifier_dropout: dropout, init_std: deviation }) => ({ dropout, deviation }),
  );
  return {
    ...head,
    fields: classifierFields,
    complete(config) {
      const isCounted = config.id2label !== undefined || config.num_labels !== undefined;
      const counted = isCounted ? config : { ...config, num_labels: usualLabels };
      return head.complete?.(counted) ?? counted;
    },
  };
}

/** As for other families, but labels of a file have no effect: Transformers sets their number to 2. */
function answerHead(architecture: string): HeadRow<BartConfig, 'question-answering'> {
  const { fields: _, ...head } = spanHead(architecture, ({ init_std: deviation }: BartConfig) => deviation);
  return head;
}

/**
 * The classes of BART or of a relative, whose names start with `name`.
 *
 * @param writing what the class that writes has besides.
 */
export const bartHeads = (name: string, writing?: Writing<BartConfig>): readonly HeadRow<BartConfig>[] => [
  baseHead(`${name}Model`),
  sequenceHead(`${name}ForConditionalGeneration`, biasedOutput, writing),
  classificationHead(`${name}ForSequenceClassification`) as HeadRow<BartConfig, 'sequence-classification'>,
  answerHead(`${name}ForQuestionAnswering`),
];
