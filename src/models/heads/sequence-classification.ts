import { add, constantTensor, input, mul, reshape, ShapeError, showShape, type Tensor } from '../../graph/index.ts';
import { binaryCrossEntropyLoss, linear, mseLoss, normal, poolings, type Scope, zeros } from '../../nn/index.ts';
import { cast } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Body } from '../body/body.ts';
import type { InputSpec } from '../inputs/input-spec.ts';
import type { SequenceClassifier } from '../model.ts';
import { bodyPart } from './base.ts';
import {
  type ClassifierFields,
  classifierFields,
  headDeviation,
  type LabelledFields,
  labelFields,
  labelledFields,
  labelNames,
  type ProblemType,
  problemTypeOf,
} from './fields/classifier-fields.ts';
import type { HeadRow } from './head-row.ts';
import { classLabels, classLossSum, countLabels } from './terms/class-term.ts';
import { type LossOptions, type Pass, scaled, type Term } from './terms/term.ts';

/** The labels of a kind of problem, and the sum of its loss over the texts of a batch. */
interface Problem {
  labels(count: number): InputSpec;
  count(labels: HostTensor): number;
  sum(logits: Tensor, count: number, options: LossOptions): Tensor;
}

const weightsOf = ({ classWeights }: LossOptions): Tensor | undefined =>
  classWeights && constantTensor([...classWeights], [classWeights.length]);

const rowsOf = ({ shape }: HostTensor): number => shape[0];
const numberShape = (count: number): InputSpec['shape'] => (count === 1 ? ['batch'] : ['batch', count]);
const fractions = (shape: InputSpec['shape']): InputSpec => ({
  name: 'labels',
  dtype: 'float',
  shape,
  absent: 'refused',
});

/**
 * Source: Transformers' `…ForSequenceClassification`; `classWeights` are `CrossEntropyLoss`' `weight` and
 * `BCEWithLogitsLoss`' `pos_weight`, but divided by the number of samples instead of the sum of their weights.
 */
const problems: Readonly<Record<ProblemType, Problem>> = {
  single_label_classification: {
    labels: (count) => classLabels('labels', count),
    count: countLabels,
    sum: (logits, _, options) => classLossSum('labels', logits, options),
  },
  multi_label_classification: {
    labels: (count) => fractions(['batch', count]),
    count: rowsOf,
    sum(logits, count, options) {
      const { labelSmoothing = 0 } = options;
      const target = input('labels', ['batch', count]);
      const smoothed = labelSmoothing ? add(mul(target, 1 - labelSmoothing), labelSmoothing / 2) : target;
      const total = binaryCrossEntropyLoss(logits, smoothed, { reduction: 'sum', positiveWeight: weightsOf(options) });
      return mul(total, 1 / count);
    },
  },
  regression: {
    labels: (count) => fractions(numberShape(count)),
    count: rowsOf,
    sum(logits, count) {
      const shape = numberShape(count);
      const read = count === 1 ? reshape(logits, { shape: [logits.shape[0]] }) : logits;
      const total = mseLoss(read, input('labels', shape), { reduction: 'sum' });
      return count === 1 ? total : mul(total, 1 / count);
    },
  },
};

/** The score of every label for every text, [B, N]. */
export type Logits = (root: Scope, pass: Pass, count: number) => Tensor;

/** @throws {ShapeError} when logits are not [batch, number of labels]. */
function checked(logits: Tensor): Tensor {
  const [batch, count, ...more] = logits.shape;
  if (batch !== undefined && typeof count === 'number' && more.length === 0) return logits;
  throw new ShapeError(`classifier: expected logits [batch, number of labels], got ${showShape(logits.shape)}`);
}

/** The term of a classifier. */
const classificationTerm = (problem: Problem, count: number, logits: (root: Scope, pass: Pass) => Tensor): Term => ({
  name: 'labels',
  feeds: ({ labels }) => ({ feeds: { labels }, count: problem.count(labels) }),
  sum: (root, pass, options) => scaled('labels', problem.sum(checked(logits(root, pass)), count, options)),
});

/** A classifier of texts over a body: cross entropy for one label, binary cross entropy for several, squared error for numbers. */
export function sequenceClassifier(
  body: Body,
  config: Pick<ClassifierFields, 'num_labels' | 'id2label' | 'problem_type'>,
  logitsOf: Logits,
): SequenceClassifier {
  const names = labelNames(config);
  const problemType = problemTypeOf(config);
  const problem = problems[problemType];
  const logits = (root: Scope, pass: Pass) => logitsOf(root, pass, names.length);
  return {
    ...bodyPart(body),
    labels: names,
    problemType,
    labelInputs: [problem.labels(names.length)],
    logits,
    outputs: (root, pass) => ({ logits: logits(root, pass) }),
    terms: [classificationTerm(problem, names.length, logits)],
  };
}

/** The layer `classifier` over the vector of a text, [B, D] → [B, N]. */
interface ClassifierLayer {
  readonly dropout: number;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

const classified = (root: Scope, { dropout, deviation }: ClassifierLayer, vectors: Tensor, outFeatures: number) =>
  root.layer('classifier', (at) => {
    const initial = { weightInitializer: normal(0, deviation), biasInitializer: zeros };
    const size = { inFeatures: Number(vectors.shape[1]), outFeatures, part: 'head' } as const;
    return linear(at, { ...size, ...initial }, at.dropout(vectors, dropout));
  });

const labelled = <C extends Pick<ClassifierFields, 'num_labels' | 'id2label' | 'problem_type'>>(config: C): C => ({
  ...config,
  problem_type: problemTypeOf(config),
  ...labelFields(labelNames(config)),
});

/**
 * A linear layer over the pooled vectors of Heddle's own encoders.
 *
 * Parameters: the body's, the pooling's, `classifier.weight` [N, D], `classifier.bias` [N].
 */
export const sequenceClassificationHead = <C>(
  architecture: string,
): HeadRow<C & ClassifierFields, 'sequence-classification'> => ({
  architecture,
  role: 'sequence-classification',
  fields: classifierFields,
  complete: labelled,
  model: (body, config) =>
    sequenceClassifier(body, config, (root, { given, body: { last_hidden_state: hidden } }, count) => {
      const pooled = poolings[config.pooling](root, hidden, cast(given.attention_mask, { dtype: 'float' }));
      return classified(root, { dropout: config.classifier_dropout ?? 0, deviation: headDeviation }, pooled, count);
    }),
});

/**
 * A classifier whose layers the family describes, with Transformers' fields for its labels.
 *
 * @param logitsOf the scores of every label for every text, [B, N], from a pass of the body.
 */
export const classificationHead = <C>(
  architecture: string,
  logitsOf: (config: C) => Logits,
  options: Pick<HeadRow<C>, 'readsPooler' | 'readsFirstOnly'> = {},
): HeadRow<C & LabelledFields, 'sequence-classification'> => ({
  architecture,
  role: 'sequence-classification',
  ...options,
  fields: labelledFields,
  complete: labelled,
  model: (body, config) => sequenceClassifier(body, config, logitsOf(config)),
});

/**
 * A linear layer over `pooler_output`.
 *
 * Parameters: the body's, `classifier.weight` [N, D], `classifier.bias` [N].
 *
 * Source: Devlin et al. 2019, section 4; transformers 5.24.0 modeling_bert.py, BertForSequenceClassification.
 */
export const pooledClassificationHead = <C>(
  architecture: string,
  layerOf: (config: C) => ClassifierLayer,
): HeadRow<C & LabelledFields, 'sequence-classification'> =>
  classificationHead<C>(
    architecture,
    (config) => (root, pass, count) => classified(root, layerOf(config), pass.body.pooler_output, count),
    { readsPooler: 'only' },
  );
