import * as z from 'zod';
import { constantTensor } from '../../../graph/index.ts';
import { cast, equal } from '../../../ops/index.ts';
import { baseHead } from '../../heads/base.ts';
import { checkLabels, type LabelledFields, problemShape } from '../../heads/classifier-fields.ts';
import { denseClassified } from '../../heads/dense-classification.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import { lastVector } from '../../heads/last-vector.ts';
import { questionAnsweringHead } from '../../heads/question-answering.ts';
import { classificationHead } from '../../heads/sequence-classification.ts';
import { sequenceHead, type Writing } from '../../heads/sequence-lm.ts';
import { checkEnds } from './end-token.ts';
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

/**
 * A classifier of two layers over the decoder's vector at the source's last end token; the decoder reads the source
 * after its start token.
 *
 * Source: transformers 5.24.0 modeling_bart.py, BartForSequenceClassification.
 */
function endClassificationHead(architecture: string): HeadRow<ClassifierConfig, 'sequence-classification'> {
  const head = classificationHead<ClassifierConfig>(architecture, (config) => {
    const { classifier_dropout: dropout, eos_token_id: end, init_std: deviation } = config;
    const path = (name: string) => `classification_head.${name}`;
    const layers = { dense: path('dense'), out: path('out_proj'), activation: 'tanh', deviation };
    return (root, { given, body: { last_hidden_state: hidden } }, count) => {
      const isEnd = cast(equal(given.input_ids, constantTensor(end, [], 'int32')), { dtype: 'float' });
      const vector = lastVector(hidden, isEnd);
      return denseClassified(root, { ...layers, dropouts: { dense: dropout, out: dropout } }, vector, count);
    };
  });
  return {
    ...head,
    fields: classifierFields,
    complete(config) {
      const isCounted = config.id2label !== undefined || config.num_labels !== undefined;
      const counted = isCounted ? config : { ...config, num_labels: usualLabels };
      return head.complete?.(counted) ?? counted;
    },
    model(body, config) {
      const model = head.model(body, config);
      return { ...model, inputs: checkEnds(model.inputs, config.eos_token_id) };
    },
  };
}

/** As for other families, but labels of a file have no effect: Transformers sets their number to 2. */
function spanHead(architecture: string): HeadRow<BartConfig, 'question-answering'> {
  const { fields: _, ...head } = questionAnsweringHead<BartConfig>(architecture);
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
  endClassificationHead(`${name}ForSequenceClassification`) as HeadRow<BartConfig, 'sequence-classification'>,
  spanHead(`${name}ForQuestionAnswering`),
];
