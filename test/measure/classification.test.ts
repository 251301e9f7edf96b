import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { calibration } from '../../src/measure/classes/calibration.ts';
import { classificationScores, multiLabelScores } from '../../src/measure/classes/classification.ts';
import { confusionMatrix, formatConfusionMatrix } from '../../src/measure/classes/confusion-matrix.ts';
import { corpusF1 } from '../../src/measure/classes/f1.ts';
import type { ClassRates, Rates } from '../../src/measure/classes/rates.ts';
import { regressionScores } from '../../src/measure/classes/regression.ts';
import { corpusCer, corpusPer, corpusWer, tokenErrorRate, wordErrorRate } from '../../src/measure/text/error-rate.ts';

type Averages = Record<'micro' | 'macro' | 'weighted', Rates>;

interface Golden {
  classification: (Averages & {
    labels: string[];
    predictions: string[];
    accuracy: number;
    matrix: number[][];
    classes: (ClassRates & { label: string })[];
  })[];
  multi_label: (Averages & { classes: number[]; labels: number[][]; predictions: number[][]; exact_match: number })[];
  regression: {
    labels: number[];
    predictions: number[];
    mse: number;
    mae: number;
    pearson: number;
    spearman: number;
  }[];
  error_rate: { references: string[]; hypotheses: string[]; wer: number; cer: number }[];
}

const file = new URL('../golden/metrics/classification.json', import.meta.url);
const golden: Golden = JSON.parse(readFileSync(file, 'utf8')).cases;

/** What matches a golden value: numbers within 1e-12. */
function near(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 12);
  if (Array.isArray(value)) return value.map(near);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, near(inner)]));
}

describe('scikit-learn, SciPy and jiwer', () => {
  it('have goldens of four cases each', () => {
    expect(Object.values(golden).map((cases) => cases.length)).toEqual([4, 4, 4, 4]);
  });

  it.each(golden.classification)(
    'have these scores of classes, case %#',
    ({ labels, predictions, matrix, ...rest }) => {
      expect(classificationScores(predictions, labels)).toEqual(near(rest));
      expect(confusionMatrix(predictions, labels)).toEqual({
        classes: rest.classes.map(({ label }) => label),
        counts: matrix,
      });
    },
  );

  it.each(golden.multi_label)('have these scores of several labels, case %#', (entry) => {
    const { labels, predictions, classes, exact_match, ...averages } = entry;
    const scores = multiLabelScores(predictions, labels, classes);
    expect(scores).toMatchObject(near({ ...averages, exactMatch: exact_match }) as object);
    expect(scores.classes.map(({ label }) => label)).toEqual(classes);
  });

  it.each(golden.regression)('have these errors and correlations, case %#', ({ labels, predictions, ...scores }) => {
    expect(regressionScores(predictions, labels)).toEqual(near(scores));
  });

  it.each(golden.error_rate)('have these rates of word and character errors, case %#', (entry) => {
    expect(corpusWer(entry.hypotheses, entry.references).score).toBeCloseTo(entry.wer, 12);
    expect(corpusCer(entry.hypotheses, entry.references).score).toBeCloseTo(entry.cer, 12);
  });
});

describe('scores of classes', () => {
  const predictions = ['a', 'b', 'b', 'c'];
  const labels = ['a', 'a', 'b', 'b'];

  it('are those worked out by hand', () => {
    const { accuracy, classes, micro, macro, weighted } = classificationScores(predictions, labels);
    expect({ accuracy, micro: micro.f1 }).toEqual({ accuracy: 0.5, micro: 0.5 });
    expect(classes).toEqual([
      { label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'b', precision: 0.5, recall: 0.5, f1: 0.5, support: 2 },
      { label: 'c', precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    expect(macro.f1).toBeCloseTo((2 / 3 + 1 / 2) / 3, 12);
    expect(weighted.f1).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
    expect(corpusF1(predictions, labels)).toMatchObject({ name: 'f1_macro', score: macro.f1 });
  });

  it('take numbers in the order of their values', () => {
    expect(confusionMatrix([10, 9, 2], [9, 9, 10]).classes).toEqual([2, 9, 10]);
  });

  it('have a table that lines up, also where letters are two columns wide', () => {
    expect(formatConfusionMatrix(confusionMatrix(['긍정', 'bad', 'bad'], ['긍정', '긍정', 'bad']))).toBe(
      ['label \\ predicted  bad  긍정', 'bad                  1     0', '긍정                 1     1'].join('\n'),
    );
  });

  it('of several labels count a class that never occurs when it is named', () => {
    const one = [['x']];
    expect(multiLabelScores(one, one).macro.f1).toBe(1);
    expect(multiLabelScores(one, one, ['x', 'y']).macro.f1).toBe(0.5);
    expect(multiLabelScores([[]], [[]]).exactMatch).toBe(1);
    expect(multiLabelScores([['x', 'y']], [['x']]).exactMatch).toBe(0);
    expect(multiLabelScores([['y', 'x', 'x']], [['x', 'y']]).exactMatch).toBe(1);
  });
});

describe('regression', () => {
  it('has no correlation with a constant', () => {
    expect(regressionScores([0.1, 0.1, 0.1], [1, 2, 3])).toMatchObject({ pearson: 0, spearman: 0 });
    expect(regressionScores([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).pearson).toBe(0);
  });

  it('gives equal values equal ranks', () => {
    expect(regressionScores([1, 1, 2], [5, 5, 100]).spearman).toBeCloseTo(1, 12);
    expect(regressionScores([1, 2, 3], [1, 8, 1e6]).spearman).toBeCloseTo(1, 12);
  });
});

describe('calibration', () => {
  it('is the mean distance of confidence from accuracy over bins', () => {
    const { expectedCalibrationError, maximumCalibrationError, bins } = calibration(
      [0.55, 0.95, 0.95, 0.95],
      [true, true, true, false],
      10,
    );
    // |1 − 0.55| of one prediction, |2/3 − 0.95| of three.
    expect(expectedCalibrationError).toBeCloseTo((0.45 + 3 * (0.95 - 2 / 3)) / 4, 12);
    expect(maximumCalibrationError).toBeCloseTo(0.45, 12);
    expect(bins[5]).toMatchObject({ lower: 0.5, upper: 0.6, count: 1, confidence: 0.55, accuracy: 1 });
    expect(bins[0]).toMatchObject({ count: 0, confidence: 0, accuracy: 0 });
  });

  it('has 15 bins, each with its upper bound and without its lower', () => {
    const bounds = Array.from({ length: 16 }, (_, i) => i / 15);
    const { bins } = calibration(
      bounds,
      bounds.map(() => true),
    );
    expect(bins.map(({ count }) => count)).toEqual([2, ...new Array(14).fill(1)]);
    const above = bounds.slice(0, 15).map((bound) => bound + 1e-12);
    expect(
      calibration(
        above,
        above.map(() => true),
      ).bins.every(({ count }) => count === 1),
    ).toBe(true);
  });
});

describe('error rates', () => {
  it('divide the errors of all sentences by the tokens of all references', () => {
    expect(corpusWer(['a b c', ''], ['a x c d', 'e'])).toEqual({
      name: 'wer',
      score: 3 / 5,
      errors: 3,
      refLength: 5,
      verbose: '(errors = 3 ref_len = 5)',
    });
    expect(tokenErrorRate([['a', 'b', 'c', 'd']], [['a']]).score).toBe(3);
  });

  it('count phones between white space, and characters in code points', () => {
    expect(corpusPer(['HH AH0  L OW2'], ['HH AH0 L OW1']).score).toBe(1 / 4);
    expect(corpusCer([' 나는 😀'], ['나도 😀']).score).toBe(1 / 4);
  });

  it('are exact where many words moved', () => {
    const words = Array.from({ length: 200 }, (_, i) => `w${i}`);
    expect(tokenErrorRate([[...words.slice(100), ...words.slice(0, 100)]], [words]).errors).toBe(200);
    expect(tokenErrorRate([words.slice(60)], [words]).errors).toBe(60);
  });

  it('of words take any of several pronunciations', () => {
    expect(
      wordErrorRate(
        ['T UW', 'D AH0'],
        [
          ['T UW', 'DH AH0'],
          [null, 'DH IY0'],
        ],
      ),
    ).toBe(0.5);
    expect(
      wordErrorRate(
        ['T  UW ', 'DH IY0'],
        [
          ['T UW', 'DH AH0'],
          [null, 'DH IY0'],
        ],
      ),
    ).toBe(0);
  });
});

it.each([
  [() => classificationScores([], []), /classification: no predictions/],
  [() => confusionMatrix([1], [1, 2]), /confusion matrix: .* got 1 predictions and 2 labels/],
  [() => multiLabelScores([[]], []), /multi-label: .* got 1 predictions and 0 labels/],
  [() => regressionScores([1], []), /regression: .* got 1 predictions and 0 labels/],
  [() => calibration([0.5], []), /calibration: .* got 1 predictions and 0 labels/],
  [() => calibration([0.5, 1.2], [true, true]), /must be within 0–1, got 1.2, at prediction 2/],
  [() => calibration([Number.NaN], [true]), /must be within 0–1, got NaN, at prediction 1/],
  [() => calibration([0.5], [true], 0), /binCount must be an integer of at least 1, got 0/],
  [() => tokenErrorRate([[]], []), /got 1 hypotheses and 0 references/],
  [() => corpusWer(['a'], [' ']), /wer: the references have no tokens/],
  [() => corpusCer(['a'], ['a', 'b']), /cer: .* got 2 for 1 hypotheses/],
])('wrong input is refused, case %#', (call, message) => {
  expect(call).toThrow(InputError);
  expect(call).toThrow(message);
});
