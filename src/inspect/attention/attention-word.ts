import type { AttentionMap, AxisWord, HeadWeights, TokenAxis } from './attention-map.ts';

const everyToken = ({ tokens }: TokenAxis): readonly AxisWord[] => tokens.map((label) => ({ label, tokens: 1 }));

/** The index of the first token of every word. */
function startsOf(words: readonly AxisWord[]): number[] {
  let at = 0;
  return words.map(({ tokens }) => {
    const start = at;
    at += tokens;
    return start;
  });
}

/** A word that is added is added as a whole; one with pieces of a text is of that text. */
function wordAxis({ texts }: TokenAxis, words: readonly AxisWord[]): TokenAxis {
  const starts = startsOf(words);
  return { tokens: words.map(({ label }) => label), ...(texts && { texts: starts.map((at) => texts[at] ?? null) }) };
}

/** [T, S] → [words, words]: the mean over a word's rows of the sum over a word's columns. */
function wordWeights(weights: HeadWeights, rows: readonly AxisWord[], columns: readonly AxisWord[]): HeadWeights {
  const starts = { rows: startsOf(rows), columns: startsOf(columns) };
  return rows.map(({ tokens: count }, word) => {
    const sums = new Float32Array(columns.length);
    for (const row of weights.slice(starts.rows[word], starts.rows[word] + count)) {
      columns.forEach(({ tokens }, column) => {
        const start = starts.columns[column];
        for (let s = start; s < start + tokens; s++) sums[column] += row[s] / count;
      });
    }
    return sums;
  });
}

/**
 * The attention of words instead of tokens: a word is looked at as much as its pieces together (their sum), and looks as its
 * pieces do on average (their mean), so rows still sum to 1.
 *
 * Source: Clark et al. 2019, section 4.1.
 */
export function wordAttention(map: AttentionMap): AttentionMap {
  const { query, key, layers } = map;
  const [rows, columns] = [query.words ?? everyToken(query), key.words ?? everyToken(key)];
  return {
    ...map,
    query: wordAxis(query, rows),
    key: wordAxis(key, columns),
    layers: layers.map((heads) => heads.map((weights) => wordWeights(weights, rows, columns))),
  };
}
