const runs = (pattern: RegExp) => (text: string) => text.toLowerCase().match(pattern) ?? [];

/**
 * ROUGE's tokenizers. All ignore case; nothing is normalised, so composed and decomposed letters differ.
 *
 * - `rouge`: runs of a–z and 0–9, as in google-research's `rouge_score`. Drops every other script (a Korean text has no
 *   tokens) and splits words at accents (`für` is `f`, `r`).
 * - `unicode`: runs of letters, digits and marks of any script, for languages with spaces.
 * - `char`: every code point that is not white space; the usual choice for Korean, Chinese and Japanese.
 *
 * Source: `rouge` is Lin's ROUGE-1.5.5 by way of google-research/rouge; the others are ours.
 */
export const rougeTokenizers = {
  rouge: runs(/[a-z0-9]+/g),
  unicode: runs(/[\p{L}\p{N}\p{M}]+/gu),
  char: runs(/\P{White_Space}/gu),
} satisfies Record<string, (text: string) => readonly string[]>;

export type RougeTokenizer = keyof typeof rougeTokenizers;
