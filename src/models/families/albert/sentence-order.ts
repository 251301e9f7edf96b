import * as z from 'zod';
import { InputError } from '../../../io/error.ts';
import { linear, normal, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { checkLabels, labelNames, labelShape } from '../../heads/fields/classifier-fields.ts';
import type { PairJudgement } from '../../heads/pre-training.ts';
import { classLabels } from '../../heads/terms/class-term.ts';
import type { InputSpec } from '../../inputs/input-spec.ts';
import type { AlbertConfig } from './config.ts';

/** Label 0: the texts are in their own order; 1: they are swapped. */
const orders = 2;

/** The fields that say how many outputs there are. */
export const sentenceOrderFields = z.strictObject(labelShape).superRefine(checkLabels);

type Config = AlbertConfig & z.output<typeof sentenceOrderFields>;

/** The labels, for a model with so many outputs; only two can be compared with them. */
function orderLabels(outputs: number): InputSpec {
  const labels = classLabels('sentence_order_label', orders);
  if (outputs === orders) return labels;
  const check = () => {
    throw new InputError(
      `inputs ${labels.name}: expected a model with ${orders} outputs for the order of sentences, got num_labels ${outputs}`,
    );
  };
  return { ...labels, check };
}

/**
 * Whether two texts are in their own order or swapped, by the layer `sop_classifier.classifier` over `pooler_output`.
 *
 * Source: Lan et al. 2020, section 3.1; transformers 5.24.0 modeling_albert.py, AlbertSOPHead: as wide as `num_labels`.
 */
export function sentenceOrder(config: Config, { width }: Body): PairJudgement {
  const outFeatures = labelNames(config).length;
  const size = { inFeatures: width, outFeatures, part: 'head' } as const;
  const initial = { weightInitializer: normal(0, config.initializer_range), biasInitializer: zeros };
  return {
    output: 'sop_logits',
    labels: orderLabels(outFeatures),
    logits(root, { body }) {
      const scope = root.at('sop_classifier');
      const read = scope.dropout(body.pooler_output, config.classifier_dropout_prob);
      return scope.layer('classifier', (at) => linear(at, { ...size, ...initial }, read));
    },
  };
}
