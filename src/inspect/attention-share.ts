import type { HeadWeights } from './attention-map.ts';

/** What tokens attend to: which text a token is of, 0 or 1; null for those that the tokenizer adds. */
export type TokenTexts = readonly (0 | 1 | null)[];

/** Mean shares of a head's weights over the tokens of the texts. */
export interface AttentionShares {
  /** On the token itself, the one before, the one after. */
  readonly self: number;
  readonly previous: number;
  readonly next: number;
  /** On tokens that the tokenizer adds. */
  readonly added: number;
  /** On the other text; absent for a single text. */
  readonly other?: number;
}

/** Where a head's weights go, on average over the rows of tokens that are text. Shares overlap, and need not add up to 1. */
export function attentionShares(weights: HeadWeights, texts: TokenTexts): AttentionShares {
  const rows = texts.flatMap((text, t) => (text === null ? [] : [t]));
  const mean = (share: (row: Float32Array, t: number) => number): number =>
    rows.reduce((total, t) => total + share(weights[t] ?? new Float32Array(0), t), 0) / Math.max(1, rows.length);
  const where = (isCounted: (text: 0 | 1 | null, own: 0 | 1 | null) => boolean) =>
    mean((row, t) =>
      row.reduce((total, weight, s) => (isCounted(texts[s] ?? null, texts[t] ?? null) ? total + weight : total), 0),
    );
  return {
    self: mean((row, t) => row[t] ?? 0),
    previous: mean((row, t) => row[t - 1] ?? 0),
    next: mean((row, t) => row[t + 1] ?? 0),
    added: where((text) => text === null),
    ...(texts.includes(1) && { other: where((text, own) => text !== null && text !== own) }),
  };
}
