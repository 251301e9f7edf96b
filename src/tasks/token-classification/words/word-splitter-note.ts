import { wordSplitters } from '../../../text/word-splitter.ts';

const hasLetters = /[\p{L}\p{N}]/u;

/**
 * What is said of training words that raw text is split into otherwise: where more of them would be divided by the Unicode
 * splitter than are punctuation by themselves, the data were split at blanks.
 */
export function splitterNotes(sentences: readonly (readonly string[])[]): string[] {
  const divided: string[] = [];
  let apart = 0;
  for (const word of sentences.flat()) {
    if (!hasLetters.test(word)) apart++;
    else if (wordSplitters.unicode(word).length > 1) divided.push(word);
  }
  if (divided.length <= apart) return [];
  return [
    `${divided.length} training words such as ${JSON.stringify(divided[0])} are several words where raw text is tagged; tokenizer.pre_tokenizer: whitespace keeps them whole`,
  ];
}
