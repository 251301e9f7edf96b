import { InputError } from '../../io/error.ts';
import { checkInteger } from '../option.ts';
import { checkPredictions } from './prediction.ts';
import { ratio } from './rates.ts';

/** The predictions with a confidence above `lower` and up to `upper`; the first bin includes confidence 0. */
export interface ConfidenceBin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Mean confidence, 0 in an empty bin. */
  readonly confidence: number;
  /** Share of predictions that are right, 0 in an empty bin. */
  readonly accuracy: number;
}

export interface Calibration {
  /** Mean |accuracy − confidence| over bins, weighted by their counts. */
  readonly expectedCalibrationError: number;
  /** Largest |accuracy − confidence| of a bin. */
  readonly maximumCalibrationError: number;
  /** The data of a reliability diagram. */
  readonly bins: readonly ConfidenceBin[];
}

/**
 * How far a classifier's confidence differs from its accuracy.
 *
 * `confidences[i]` is the probability of the class predicted for example i, `isCorrect[i]` whether it is the label.
 * `binCount` bins of equal width; default 15.
 *
 * Source: Guo et al. 2017, eq. 3 and 5.
 * @throws {InputError} without predictions, on unequal numbers, a confidence outside 0–1, and an invalid number of
 *   bins.
 */
export function calibration(confidences: readonly number[], isCorrect: readonly boolean[], binCount = 15): Calibration {
  checkPredictions('calibration', confidences, isCorrect);
  checkInteger('calibration', 'binCount', binCount, 1);
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const [i, confidence] of confidences.entries()) {
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new InputError(`calibration: a confidence must be within 0–1, got ${confidence}, at prediction ${i + 1}`);
    }
    const bin = sums[binOf(confidence, binCount)];
    bin.count++;
    bin.confidence += confidence;
    if (isCorrect[i]) bin.right++;
  }
  const bins = sums.map(({ count, confidence, right }, b) => ({
    lower: b / binCount,
    upper: (b + 1) / binCount,
    count,
    confidence: ratio(confidence, count),
    accuracy: ratio(right, count),
  }));
  const gaps = bins.map(({ accuracy, confidence }) => Math.abs(accuracy - confidence));
  return {
    expectedCalibrationError: gaps.reduce((sum, gap, b) => sum + (bins[b].count / confidences.length) * gap, 0),
    maximumCalibrationError: Math.max(...gaps),
    bins,
  };
}

/** The bin whose rounded bounds contain the confidence. */
function binOf(confidence: number, binCount: number): number {
  const guess = Math.min(binCount - 1, Math.floor(confidence * binCount));
  return guess > 0 && confidence <= guess / binCount ? guess - 1 : guess;
}
