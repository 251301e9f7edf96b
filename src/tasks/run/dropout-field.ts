import { roundedRate } from '../../ops/index.ts';

/** A dropout of a model that training does not apply as it is written. */
export interface UnusableDropout {
  readonly name: string;
  readonly value: number;
  /** What it rounds to. */
  readonly rounded: 0 | 1;
}

/** Whether a field of a model says how much is dropped, or how: `hidden_dropout_prob`, `resid_pdrop`. */
export const isDropoutField = (name: string): boolean => name.includes('drop');

/** Whether training can drop with a probability: 0, or one that rounds to neither 0 nor 1. */
export const isUsableRate = (p: number): boolean => p === 0 || (roundedRate(p) > 0 && roundedRate(p) < 1);

/** The probabilities that training can drop with; `what` is dropped. */
export const usableRates = (what: string): string =>
  `expected 0, or from 1/512 to below 511/512, because one random byte decides about ${what}`;

/** The dropouts of a model that round to 0 or 1. */
export const unusableDropouts = (fields: object): UnusableDropout[] =>
  Object.entries(fields).flatMap(([name, value]) =>
    isDropoutField(name) && typeof value === 'number' && !isUsableRate(value)
      ? [{ name, value, rounded: value < 0.5 ? 0 : 1 }]
      : [],
  );
