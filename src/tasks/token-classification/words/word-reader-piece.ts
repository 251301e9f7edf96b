import type { Tokenizer } from '../../../text/tokenizer.ts';
import type { Files } from '../../../train/run/run-folder.ts';
import { frameOf } from '../../model/special-frame.ts';
import type { WordReader } from './word-reader.ts';

/** The unknown token, else the mask token, unless it is also one that begins, ends or fills up texts. */
function droppedIdOf({ unkId, maskId, padId, eosId, bosId, clsId, sepId }: Tokenizer): number | null {
  const places = [padId, eosId, bosId, clsId, sepId];
  return [unkId, maskId].find((id) => id !== null && !places.includes(id)) ?? null;
}

/**
 * A word is split into a tokenizer's pieces, independently of other words; the special tokens of the template frame the
 * sentence. A word without pieces, such as a blank, is one unknown token. Where the first piece holds the blank before a
 * word, as in RoBERTa, words are encoded as in a text with blanks between them.
 *
 * @param isOfCharacters whether every character is a word.
 */
export function readerOfPieces(tokenizer: Tokenizer, files: Files, isOfCharacters = false): WordReader {
  const { before, after } = frameOf(tokenizer);
  const padTokenId = tokenizer.padId ?? tokenizer.vocabSize - 1;
  const unknownId = tokenizer.unkId ?? tokenizer.eosId ?? padTokenId;
  const hasBlanks = tokenizer.joinsBlanks && !isOfCharacters;
  return {
    frame: { before, after },
    tokensOf(word, isFirst) {
      const ids = tokenizer.encode(hasBlanks && !isFirst ? ` ${word}` : word);
      const pieces = ids.slice(before.length, ids.length - after.length);
      return pieces.length > 0 ? pieces : [unknownId];
    },
    size: tokenizer.vocabSize,
    padTokenId,
    unknownId,
    droppedId: droppedIdOf(tokenizer),
    isOfCharacters,
    files,
  };
}
