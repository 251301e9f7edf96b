import type { TaggedText } from '../../data/read/tagged.ts';
import { itemAt } from '../../io/item-at.ts';
import { type EncodedWords, encodeWords, type WordPart } from './words/word-encode.ts';
import type { WordReader } from './words/word-reader.ts';

/** A part of a sentence, with the label ids of its words. */
export interface TaggedPart extends WordPart {
  readonly labels: Int32Array;
}

/** Tagged sentences as a tagger reads them: words and their labels. */
export interface TaggedWords extends EncodedWords<TaggedPart> {
  readonly text: TaggedText;
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
    rows: encoded.rows.map((part) => {
      const { tags } = itemAt(text.sentences, part.example, 'a sentence');
      const own = tags.slice(part.word, part.word + part.places.length);
      return { ...part, labels: Int32Array.from(own, (tag) => ids.get(tag) ?? 0) };
    }),
  };
}
