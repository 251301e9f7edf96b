import { wordSplitters } from '../../../text/words/splitter.ts';

const hasLetters = /[\p{L}\p{N}]/u;

/**
 * A note about training words that the splitter of raw text would divide. If the Unicode splitter would divide more of
 * them than are punctuation by themselves, the data were split at blanks.
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
    `data: ${divided.length} training words such as ${JSON.stringify(divided[0])} would be split when raw text is tagged; tokenizer.pre_tokenizer: whitespace keeps them whole`,
  ];
}
