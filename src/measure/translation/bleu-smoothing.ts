import { InputError } from '../../io/error.ts';

/** How to keep one precision of zero from making the whole score zero (Chen and Cherry 2014). */
export interface Smoothing {
  /** Default of `smoothValue`; null if the method takes none. */
  readonly defaultValue: number | null;
  /** Added to matches and totals of order `n`. */
  readonly added: (n: number, value: number) => number;
  /** The precision of an order without matches; `zeros` is the number of such orders up to this one. */
  readonly unmatched: (total: number, value: number, zeros: number) => number;
}

const nothing = () => 0;

/** Methods by sacreBLEU's names; `floor`, `add-k` and `exp` are methods 1, 2 and 3 of Chen and Cherry 2014. */
export const bleuSmoothings = {
  none: { defaultValue: null, added: nothing, unmatched: nothing },
  floor: { defaultValue: 0.1, added: nothing, unmatched: (total, value) => (100 * value) / total },
  'add-k': { defaultValue: 1, added: (n, value) => (n > 1 ? value : 0), unmatched: nothing },
  exp: { defaultValue: null, added: nothing, unmatched: (total, _, zeros) => 100 / (2 ** zeros * total) },
} satisfies Record<string, Smoothing>;

export type BleuSmoothing = keyof typeof bleuSmoothings;

/**
 * The value that a method uses: the given one, its default, or 0 for a method that takes none.
 *
 * @throws {InputError} when `value` is below 0 or not a number, or given to a method that takes none.
 */
export function checkSmoothValue(name: string, { defaultValue }: Smoothing, value: number | undefined): number {
  if (value === undefined) return defaultValue ?? 0;
  if (defaultValue === null) throw new InputError(`bleu: smoothMethod "${name}" takes no smoothValue, got ${value}`);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InputError(`bleu: smoothValue must be a number of at least 0, got ${value}`);
}
