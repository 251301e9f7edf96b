import { describe, expect, test } from 'vitest';
import { gradient, input, interpret, ShapeError, type Tensor, type Value, value } from '../../../src/graph/index.ts';
import type { ProblemType } from '../../../src/models/heads/fields/classifier-fields.ts';
import { sequenceClassifier } from '../../../src/models/heads/sequence-classification.ts';
import { traceLoss } from '../../../src/models/heads/terms/loss.ts';
import type { LossOptions } from '../../../src/models/heads/terms/term.ts';
import { Trace } from '../../../src/nn/index.ts';

const rows = [
  [0.5, -1, 2],
  [1.5, 0.25, -0.5],
];

/** A classifier whose body does nothing and whose logits are given. */
const classifierOf = (logits: Tensor, num_labels: number, problem_type: ProblemType) =>
  sequenceClassifier(
    { inputs: [], width: 1, table: () => logits, run: () => ({}) },
    { num_labels, problem_type },
    () => logits,
  );

/** The loss of rows whose logits are an input, and its gradient by them. */
function lossOf(
  problemType: ProblemType,
  logits: readonly (readonly number[])[],
  labels: Value,
  options: LossOptions = {},
  scale = 1 / logits.length,
): { loss: number; slope: number[] } {
  const width = logits[0].length;
  const given = input('logits', ['batch', width]);
  const loss = traceLoss(new Trace({ isTraining: true }).root, classifierOf(given, width, problemType), options);
  const [by] = gradient(loss, [given]);
  const feeds = {
    logits: value([logits.length, width], logits.flat()),
    labels,
    'loss_scale/labels': value([], [scale]),
  };
  const [found, slope] = interpret([loss, ...(by ? [by] : [])], feeds);
  return { loss: found.data[0], slope: Array.from(slope.data) };
}

test.each([
  ['multi_label_classification', ['batch']],
  ['multi_label_classification', ['batch', 'labels']],
  ['regression', []],
  ['single_label_classification', ['batch', 'time', 3]],
] as const)('%s of logits %j is refused', (problemType, shape) => {
  const model = classifierOf(input('logits', [...shape]), 1, problemType);
  expect(() => traceLoss(new Trace({ isTraining: true }).root, model)).toThrow(
    new ShapeError(`classifier: expected logits [batch, number of labels], got [${shape.join(', ')}]`),
  );
});

const logProbabilities = (row: readonly number[]): number[] => {
  const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  return row.map((x) => x - total);
};
const softplus = (x: number): number => Math.log(1 + Math.exp(x));
const ids = (...labels: number[]): Value => value([labels.length], labels, 'int32');

describe('one label of several', () => {
  test('is the mean over texts of −log p', () => {
    const wanted = -(logProbabilities(rows[0])[2] + logProbabilities(rows[1])[1]) / 2;
    expect(lossOf('single_label_classification', rows, ids(2, 1)).loss).toBeCloseTo(wanted, 12);
  });

  test('smooths labels, and weights them', () => {
    const [a, b] = rows.map(logProbabilities);
    const [w, e] = [[1, 2, 0.5], 0.3];
    const each = (p: number[], label: number) =>
      -(1 - e) * w[label] * p[label] - (e / 3) * p.reduce((sum, x, c) => sum + w[c] * x, 0);
    const { loss } = lossOf('single_label_classification', rows, ids(2, 1), { labelSmoothing: e, classWeights: w });
    expect(loss).toBeCloseTo((each(a, 2) + each(b, 1)) / 2, 12);
  });
});

describe('any number of labels', () => {
  const target = [
    [1, 0, 1],
    [0, 0, 0],
  ];
  const labels = value([2, 3], target.flat());
  const each = (x: number, t: number, w: number) => t * w * softplus(-x) + (1 - t) * softplus(x);
  const mean = (w: number[], e = 0) =>
    rows.flatMap((row, i) => row.map((x, c) => each(x, target[i][c] * (1 - e) + e / 2, w[c]))).reduce((a, b) => a + b) /
    6;

  test('is the mean over texts and labels of the binary cross entropy', () => {
    expect(lossOf('multi_label_classification', rows, labels).loss).toBeCloseTo(mean([1, 1, 1]), 12);
  });

  test('smooths targets towards ½, and weights the positive ones', () => {
    const { loss } = lossOf('multi_label_classification', rows, labels, {
      labelSmoothing: 0.2,
      classWeights: [3, 1, 0.5],
    });
    expect(loss).toBeCloseTo(mean([3, 1, 0.5], 0.2), 12);
  });
});

test('a number: the mean of squared errors', () => {
  const { loss, slope } = lossOf('regression', [[0.5], [2]], value([2], [1, -1]));
  expect(loss).toBeCloseTo((0.25 + 9) / 2, 12);
  expect(slope).toEqual([-0.5, 3]);
});

test('batches of unequal size add up to the whole update, gradients too', () => {
  const more = [...rows, [0.1, 0.2, 0.3]];
  const whole = lossOf('single_label_classification', more, ids(2, 1, 0));
  const first = lossOf('single_label_classification', rows, ids(2, 1), {}, 1 / 3);
  const second = lossOf('single_label_classification', more.slice(2), ids(0), {}, 1 / 3);
  expect(first.loss + second.loss).toBeCloseTo(whole.loss, 12);
  [...first.slope, ...second.slope].forEach((x, i) => {
    expect(x).toBeCloseTo(whole.slope[i], 12);
  });
});
