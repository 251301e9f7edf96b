import { input, reshape, type Tensor } from '../../graph/index.ts';
import { binaryCrossEntropyLoss, crossEntropyLoss, mseLoss } from '../../nn/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { ProblemType } from '../heads/classifier-fields.ts';
import { checkLabels, type GivenInputs } from '../inputs/given-inputs.ts';
import { encoderFeeds, encoderNames } from './encoder-forward.ts';
import type { ForwardRow } from './forward-row.ts';

/** The labels of a batch and the loss of `logits` [batch, labels], by problem. */
interface Problem {
  labels(given: GivenInputs, batch: number, count: number): HostTensor;
  loss(logits: Tensor): Tensor;
}

const fractions = (given: GivenInputs, shape: readonly number[]): HostTensor => ({
  type: 'float32',
  shape,
  data: given.fractions('labels', shape),
});

const problems: Readonly<Record<ProblemType, Problem>> = {
  single_label_classification: {
    labels(given, batch, count) {
      const data = given.integers('labels', [batch]);
      checkLabels({ rows: batch, columns: 1, data }, count, `labels in 0 … ${count - 1}`);
      return { type: 'int32', shape: [batch], data };
    },
    loss: (logits) => crossEntropyLoss(logits, input('labels', ['batch'], 'int32')),
  },
  multi_label_classification: {
    labels: (given, batch, count) => fractions(given, [batch, count]),
    loss: (logits) => binaryCrossEntropyLoss(logits, input('labels', ['batch', logits.shape[1]])),
  },
  regression: {
    labels: (given, batch) => fractions(given, [batch]),
    loss: (logits) => mseLoss(reshape(logits, { shape: [logits.shape[0]] }), input('labels', ['batch'])),
  },
};

/**
 * A classifier of texts: an encoder's inputs, and `labels` in the form of its `problem_type`: integers [batch], −100 to ignore one; fractions [batch, labels], 1 where a text has a label; or numbers [batch]. The loss is the mean cross entropy, binary cross entropy or squared error, as in Transformers' `…ForSequenceClassification`.
 */
export const classifierForward: ForwardRow<'sequence-classification'> = {
  names: ({ model }) => [...encoderNames(model), 'labels'],
  output: 'logits',
  feeds(given, setup) {
    const { ids, feeds } = encoderFeeds(given, setup);
    if (!given.has('labels')) return feeds;
    const { problemType, labels } = setup.model;
    return { ...feeds, labels: problems[problemType].labels(given, ids.rows, labels.length) };
  },
  loss: (_, logits, { model }) => problems[model.problemType].loss(logits),
};
