/** The result of every metric: a number, and the signature by which others can reproduce it. */
export interface Score {
  /** As sacreBLEU prints it: `BLEU`, `chrF2++`, `TER`. */
  readonly name: string;
  /** 0–100 for BLEU, chrF and TER (TER can exceed 100), 0–1 for accuracy and exact match. */
  readonly score: number;
  /** Present on the metrics that have one. */
  readonly signature?: string;
  /** The text that sacreBLEU prints after the score. */
  readonly verbose?: string;
  /** Reasons to doubt the number. */
  readonly warnings?: readonly string[];
}

/** Heddle's version; sacreBLEU's signature has its own here. */
export const signatureVersion = 'heddle-0.1.0';

/**
 * sacreBLEU's signature: its keys in its order, the version last.
 *
 * `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:heddle-0.1.0`. Everything but the version is what sacreBLEU 2.6
 * prints for the same settings. As there, it does not contain the highest n-gram order of BLEU, nor the beta of chrF
 * (which is in the name, `chrF2`).
 */
export function formatSignature(
  nrefs: number | 'var',
  fields: Readonly<Record<string, string | number | boolean>>,
): string {
  const pairs = Object.entries({ nrefs, ...fields, version: signatureVersion });
  return pairs.map(([key, value]) => `${key}:${typeof value === 'boolean' ? (value ? 'yes' : 'no') : value}`).join('|');
}

/** One line as sacreBLEU prints it, `digits` after the point: `BLEU|nrefs:1|… = 50.42 89.5/61.0/44.2/29.4 (BP = …)`. */
export function formatScore({ name, score, signature, verbose }: Score, digits = 2): string {
  const head = signature === undefined ? name : `${name}|${signature}`;
  return `${head} = ${toFixedHalfEven(score, digits)}${verbose === undefined ? '' : ` ${verbose}`}`;
}

/** `toFixed` that rounds a tie to the even digit, as Python does: 56.25 gives 56.2, not 56.3. */
export function toFixedHalfEven(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const isTie = scaled % 1 === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  const even = 2 * Math.round(scaled / 2);
  return (isTie ? even / 10 ** digits : value).toFixed(digits);
}
