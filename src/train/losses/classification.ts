import {
  add,
  constantTensor,
  type Dim,
  input,
  mul,
  reshape,
  ShapeError,
  showShape,
  type Tensor,
} from '../../graph/index.ts';
import { encoderInputs } from '../../models/forward-graph.ts';
import type { ProblemType } from '../../models/heads/classifier-fields.ts';
import type { SequenceClassifier } from '../../models/heads/sequence-classification.ts';
import { binaryCrossEntropyLoss, crossEntropyLoss, lossScale, mseLoss, type Scope } from '../../nn/index.ts';

export interface ClassificationLossOptions {
  /** The share of a label's probability that is spread evenly over all labels. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** A weight per label: for its loss, or for its positive targets if a text can have several labels. */
  readonly classWeights?: readonly number[] | undefined;
}

/** Logits [batch, number of labels], and the two sizes. */
interface Logits {
  readonly logits: Tensor;
  readonly batch: Dim;
  readonly labels: number;
}

/** Sum over the samples of a batch → []. */
type SampleLoss = (given: Logits, options: ClassificationLossOptions) => Tensor;

const weightsOf = ({ classWeights }: ClassificationLossOptions): Tensor | undefined =>
  classWeights && constantTensor([...classWeights], [classWeights.length]);

const losses: Readonly<Record<ProblemType, SampleLoss>> = {
  single_label_classification: ({ logits }, options) =>
    crossEntropyLoss(logits, input('labels', ['batch'], 'int32'), {
      reduction: 'sum',
      labelSmoothing: options.labelSmoothing,
      weight: weightsOf(options),
    }),
  multi_label_classification({ logits, labels }, options) {
    const { labelSmoothing = 0 } = options;
    const target = input('labels', ['batch', labels]);
    const smoothed = labelSmoothing ? add(mul(target, 1 - labelSmoothing), labelSmoothing / 2) : target;
    const total = binaryCrossEntropyLoss(logits, smoothed, { reduction: 'sum', positiveWeight: weightsOf(options) });
    return mul(total, 1 / labels);
  },
  regression: ({ logits, batch }) =>
    mseLoss(reshape(logits, { shape: [batch] }), input('labels', ['batch']), { reduction: 'sum' }),
};

function checked(logits: Tensor): Logits {
  const [batch, labels, ...more] = logits.shape;
  if (batch === undefined || typeof labels !== 'number' || more.length > 0) {
    throw new ShapeError(
      `classificationLoss: expected logits [batch, number of labels], got ${showShape(logits.shape)}`,
    );
  }
  return { logits, batch, labels };
}

/**
 * The training loss of a classifier, summed over samples, times `loss_scale/labels`: cross entropy for one label, the mean
 * binary cross entropy over the labels for several, or the squared error for a number.
 *
 * Inputs: `input_ids`, `attention_mask` int32 [batch, time]; `labels` int32 [batch], float [batch, N] or float [batch];
 * `loss_scale/labels` [] is 1/(samples in the whole update).
 *
 * Source: Transformers' `…ForSequenceClassification`; `classWeights` are `CrossEntropyLoss`' `weight` and
 * `BCEWithLogitsLoss`' `pos_weight`, but divided by the number of samples instead of the sum of their weights.
 * @throws {ShapeError} when the model's logits are not [batch, number of labels].
 */
export function classificationLoss(
  root: Scope,
  model: SequenceClassifier,
  options: ClassificationLossOptions = {},
): Tensor {
  const logits = model.logits(root, encoderInputs(model));
  return mul(losses[model.problemType](checked(logits), options), lossScale('labels'));
}
