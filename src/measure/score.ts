/** What every metric returns: a number, and the signature under which somebody else can compute it again. */
export interface Score {
  /** As sacreBLEU prints it: `BLEU`, `chrF2++`, `TER`. */
  readonly name: string;
  /** 0–100 for BLEU, chrF and TER (TER can exceed 100), 0–1 for accuracy and exact match. */
  readonly score: number;
  /** Present on the metrics that have one. */
  readonly signature?: string;
  /** What sacreBLEU prints after the score. */
  readonly verbose?: string;
  /** Reasons to doubt the number. */
  readonly warnings?: readonly string[];
}

/** Heddle's own version, where sacreBLEU's signature has sacreBLEU's. */
export const signatureVersion = 'heddle-0.1.0';

/**
 * sacreBLEU's signature: its keys in its order, the version last.
 *
 * `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:heddle-0.1.0`. All but the version reads as sacreBLEU 2.6
 * prints it for the same settings. As there, the highest n-gram order of BLEU and the beta of chrF are no part of it
 * (beta is in the name, `chrF2`).
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

/** `toFixed` that rounds a tie to the even digit, as Python prints it: 56.25 is 56.2 where `toFixed` says 56.3. */
export function toFixedHalfEven(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const isTie = scaled % 1 === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  const even = 2 * Math.round(scaled / 2);
  return (isTie ? even / 10 ** digits : value).toFixed(digits);
}
