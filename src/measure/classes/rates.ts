/** Precision, recall and their harmonic mean, 0–1. */
export interface Rates {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Rates of one class, and the number of its labels. */
export interface ClassRates extends Rates {
  readonly support: number;
}

/** How often a class was predicted, how often it is the label, and how often it is both. */
export interface Counts {
  readonly predicted: number;
  readonly actual: number;
  readonly hits: number;
}

/** Rates over many classes. */
export interface Averages {
  /** Rates of the summed counts. */
  readonly micro: Rates;
  /** Mean over classes. */
  readonly macro: Rates;
  /** Mean over classes, each weighted by the number of its labels. */
  readonly weighted: Rates;
}

/** precision = hits / predicted, recall = hits / actual, f1 = 2·p·r / (p + r); a division by zero gives 0. */
export function ratesOf({ predicted, actual, hits }: Counts): Rates {
  const [precision, recall] = [ratio(hits, predicted), ratio(hits, actual)];
  return { precision, recall, f1: ratio(2 * precision * recall, precision + recall) };
}

/** {@link ratesOf} with the number of labels. */
export function classRates(counts: Counts): ClassRates {
  return { ...ratesOf(counts), support: counts.actual };
}

/**
 * Micro, macro and weighted average. Without classes all are 0; scikit-learn and seqeval give NaN for macro.
 *
 * Source: scikit-learn's `precision_recall_fscore_support` with `zero_division=0`.
 */
export function averageRates(classes: readonly Counts[]): Averages {
  const total = (pick: keyof Counts) => classes.reduce((sum, counts) => sum + counts[pick], 0);
  const rates = classes.map(ratesOf);
  const mean = (weights: readonly number[]): Rates => {
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const of = (pick: keyof Rates) =>
      ratio(
        rates.reduce((sum, rate, i) => sum + weights[i] * rate[pick], 0),
        whole,
      );
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
  };
  return {
    micro: ratesOf({ predicted: total('predicted'), actual: total('actual'), hits: total('hits') }),
    macro: mean(classes.map(() => 1)),
    weighted: mean(classes.map(({ actual }) => actual)),
  };
}

/** `part / whole`, or 0 if `whole` is 0. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
