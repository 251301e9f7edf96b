import type { AxisWord, TokenAxis, TokenTexts } from '../../inspect/attention/attention-map.ts';
import type { TokenText } from '../../text/token-text.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** Words from the texts of their pieces; a word without a text has its label. */
function wordsOf(tokens: readonly TokenText[]): AxisWord[] {
  const words: { text: string; label: string; tokens: number }[] = [];
  for (const { text, label, startsWord } of tokens) {
    const last = words.at(-1);
    if (startsWord || !last) words.push({ text, label, tokens: 1 });
    else {
      last.text += text;
      last.tokens += 1;
    }
  }
  return words.map(({ text, label, tokens: count }) => ({ label: text.trim() || label, tokens: count }));
}

/** Tokens as the axis of a map. `texts` says which text each is of; by default special tokens are of none. */
export function tokenAxis(tokenizer: Tokenizer, ids: readonly number[], texts?: TokenTexts): TokenAxis {
  const tokens = tokenizer.tokenTexts(ids);
  return {
    tokens: tokens.map(({ label }) => label),
    texts: texts ?? tokens.map(({ isSpecial }) => (isSpecial ? null : 0)),
    words: wordsOf(tokens),
  };
}
