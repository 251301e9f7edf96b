import type { HeadWeights, TokenTexts } from '../attention/attention-map.ts';

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
  const sums = { self: 0, previous: 0, next: 0, added: 0, other: 0 };
  let rows = 0;
  for (const [t, own] of texts.entries()) {
    if (own === null) continue;
    const row = weights[t];
    rows += 1;
    sums.self += row[t];
    sums.previous += row[t - 1] ?? 0;
    sums.next += row[t + 1] ?? 0;
    for (let s = 0; s < row.length; s++) {
      if (texts[s] === null) sums.added += row[s];
      else if (texts[s] !== own) sums.other += row[s];
    }
  }
  const mean = (sum: number): number => sum / Math.max(1, rows);
  return {
    self: mean(sums.self),
    previous: mean(sums.previous),
    next: mean(sums.next),
    added: mean(sums.added),
    ...(texts.includes(1) && { other: mean(sums.other) }),
  };
}
