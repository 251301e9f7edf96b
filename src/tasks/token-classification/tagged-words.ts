import type { TaggedText } from '../../data/read/tagged.ts';
import { type EncodedWords, encodeWords } from './words/word-encode.ts';
import type { WordReader } from './words/word-reader.ts';

/** Tagged sentences as a tagger reads them: the words' labels beside the words. */
export interface TaggedWords extends EncodedWords {
  readonly text: TaggedText;
  /** The ids of the labels of every part's words. */
  readonly labels: readonly Int32Array[];
}

/** Encodes tagged sentences whose tags are all among the labels. `maxTokens`: see {@link encodeWords}. */
export function encodeTagged(
  text: TaggedText,
  labels: readonly string[],
  reader: WordReader,
  maxTokens: number,
): TaggedWords {
  const sentences = text.sentences.map(({ words }) => words);
  const encoded = encodeWords(sentences, reader, { maxTokens, where: text.where });
  const ids = new Map(labels.map((label, id) => [label, id]));
  return {
    ...encoded,
    text,
    labels: encoded.origins.map(({ sentence, word }, part) => {
      const tags = text.sentences[sentence].tags.slice(word, word + encoded.places[part].length);
      return Int32Array.from(tags, (tag) => ids.get(tag) ?? 0);
    }),
  };
}
