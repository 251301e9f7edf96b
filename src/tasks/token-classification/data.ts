import type { TaggedText } from '../../data/read/tagged.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { type SpanScheme, schemeOfTags } from '../../models/heads/fields/span-scheme.ts';
import { labelVocabulary } from '../../text/words/vocabulary-build.ts';
import { mergedNotes } from '../model/label-form.ts';
import { mapSplits, readSplits, type Splits, splitValues } from '../run/split.ts';
import type { TokenClassificationRecipe } from './recipe.ts';
import {
  readTaggedSet,
  refuseBrokenSpans,
  refuseForeignTags,
  refuseLongWords,
  refuseUnknownTags,
  repairedTags,
} from './tagged-set.ts';
import type { WordReader } from './words/word-reader.ts';
import { keptWordReader } from './words/word-reader-folder.ts';
import { trainWordReader } from './words/word-reader-train.ts';
import { hasCharacterWords } from './words/word-splitter-folder.ts';

/** The data of a recipe of tagged sentences, ready for a model. */
export interface TokenClassificationData {
  readonly labels: readonly string[];
  readonly scheme: SpanScheme;
  readonly reader: WordReader;
  readonly texts: Splits<TaggedText>;
  /** Words whose tag was corrected. */
  readonly repaired: number;
  /** A note about tags that are equal in NFC. */
  readonly merged: readonly string[];
}

/** All tags of a text. */
const tagsOf = ({ sentences }: TaggedText): string[] => sentences.flatMap(({ tags }) => tags);

/**
 * Reads a recipe's tagged sentences, collects their tags and their span scheme, and trains the reader of words.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its reader of words is kept.
 * @throws {InputError} when a file cannot be read, when training has only one tag or breaks the scheme, or when
 *   validation or test have a tag that training does not have; each is reported with its place.
 */
export async function readTokenClassificationData(
  recipe: TokenClassificationRecipe,
  kept?: Folder,
): Promise<TokenClassificationData> {
  const { data, tokenizer, model } = recipe;
  const { max_unpacked_bytes } = data;
  const given = await readSplits(data, (entry: object) => readTaggedSet(data.root, entry, { max_unpacked_bytes }));
  const scheme = (model.tag_scheme as SpanScheme | undefined) ?? schemeOfTags(tagsOf(given.train));
  let repaired = 0;
  const repair = (text: TaggedText): TaggedText => {
    if (!data.repair_tags) return text;
    const { text: mended, changed } = repairedTags(text, scheme);
    repaired += changed;
    return mended;
  };
  const texts = mapSplits<TaggedText, TaggedText>(given, repair);
  const { train } = texts;
  const labels = labelVocabulary(tagsOf(train)).names;
  if (labels.length < 2) {
    throw new InputError(`data ${data.train.file}: expected at least two different tags, got only "${labels[0]}"`);
  }
  refuseForeignTags(labels, scheme, data.train.file);
  refuseBrokenSpans(train, scheme);
  const isOfCharacters = tokenizer.kind === 'char' || hasCharacterWords(tokenizer);
  for (const text of splitValues(texts)) {
    if (isOfCharacters) refuseLongWords(text);
    refuseUnknownTags(text, labels);
  }
  const words = train.sentences.map((sentence) => sentence.words);
  const reader = kept ? await keptWordReader(kept, isOfCharacters) : trainWordReader(words, tokenizer);
  const merged = mergedNotes(
    'tags',
    splitValues(given).flatMap(({ written }) => [...written]),
  );
  return { labels, scheme, reader, texts, repaired, merged };
}
