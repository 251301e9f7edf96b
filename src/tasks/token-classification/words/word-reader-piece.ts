import type { Tokenizer } from '../../../text/tokenizer.ts';
import type { WordReader } from './word-reader.ts';

/** A word whose encoding shows what the template adds. */
const sample = 'a';

/**
 * A word is split into a tokenizer's pieces, independently of other words; the tokens of the template frame the
 * sentence. A word without pieces is one unknown token.
 */
export function readerOfPieces(tokenizer: Tokenizer, files: Readonly<Record<string, string>>): WordReader {
  const frame = tokenizer.encode('');
  const framed = tokenizer.encode(sample);
  const differs = frame.findIndex((id, at) => id !== framed[at]);
  const before = frame.slice(0, differs < 0 ? frame.length : differs);
  const after = frame.slice(before.length);
  const padTokenId = tokenizer.padId ?? tokenizer.vocabSize - 1;
  const unknownId = tokenizer.unkId ?? tokenizer.eosId ?? padTokenId;
  return {
    frame: { before, after },
    tokensOf(word) {
      const ids = tokenizer.encode(word);
      const pieces = ids.slice(before.length, ids.length - after.length);
      return pieces.length > 0 ? pieces : [unknownId];
    },
    size: tokenizer.vocabSize,
    padTokenId,
    unknownId,
    isOfCharacters: false,
    files,
  };
}
