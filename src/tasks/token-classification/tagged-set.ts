import { refuse } from '../../data/read/data-file.ts';
import { readTagged, type TaggedEntry, type TaggedText } from '../../data/read/tagged.ts';
import type { TaggedSentence } from '../../data/read/tagged-sentence.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ReadOptions } from '../../io/text-file.ts';
import { entitiesOf } from '../../measure/tags/seqeval.ts';
import { foreignTags, mayFollow, type SpanScheme, spanTags } from '../../models/heads/fields/span-scheme.ts';
import { charactersOf } from '../../text/words/vocabulary-build.ts';
import { composedLabel } from '../model/label-form.ts';

/** Tagged sentences with tags in NFC. */
export interface TaggedSet extends TaggedText {
  /** The tags as written in the file. */
  readonly written: ReadonlySet<string>;
}

/** Reads one split; tags are normalized to NFC. @throws {InputError} as {@link readTagged}. */
export async function readTaggedSet(root: string, entry: object, options: ReadOptions = {}): Promise<TaggedSet> {
  const { sentences, ...rest } = await readTagged(root, entry as TaggedEntry, options);
  const normal = ({ words, tags }: TaggedSentence) => ({ words, tags: tags.map(composedLabel) });
  const written = new Set(sentences.flatMap(({ tags }) => tags));
  return { ...rest, sentences: sentences.map(normal), written };
}

/** A word in its sentence. */
interface TaggedWord {
  readonly word: string;
  readonly tag: string;
  /** The tag before it; undefined for the first word. */
  readonly before: string | undefined;
  readonly isLast: boolean;
}

/** Calls `faultOf` for every word and lists what is wrong, with its place. */
function faults({ sentences, where }: TaggedText, faultOf: (word: TaggedWord) => string): string[] {
  return sentences.flatMap(({ words, tags }, index) =>
    words.flatMap((word, at) => {
      const tag = itemAt(tags, at, 'a tag');
      const fault = faultOf({ word, tag, before: tags[at - 1], isLast: at === words.length - 1 });
      return fault ? [`data ${where(index, at)}: ${fault}`] : [];
    }),
  );
}

/** @throws {InputError} for every tag that training does not have, with its place. */
export function refuseUnknownTags(text: TaggedText, labels: readonly string[]): void {
  const known = new Set(labels);
  const shown = `${labels.slice(0, 20).join(', ')}${labels.length > 20 ? ', …' : ''}`;
  refuse(
    faults(text, ({ tag }) =>
      known.has(tag) ? '' : `expected one of the tags of training (${shown}), got ${JSON.stringify(tag)}`,
    ),
  );
}

/** @throws {InputError} for every word of more than one character, with its place. */
export function refuseLongWords(text: TaggedText): void {
  refuse(
    faults(text, ({ word }) =>
      charactersOf(word).length === 1
        ? ''
        : `expected one character per line, because characters are the words, got ${JSON.stringify(word)}`,
    ),
  );
}

/** @throws {InputError} for every tag that its scheme does not allow in its place. */
export function refuseBrokenSpans(text: TaggedText, scheme: SpanScheme): void {
  const way = 'set data.repair_tags to correct it, or model.tag_scheme: none if tags are not spans';
  refuse(
    faults(text, ({ tag, before, isLast }) => {
      if (!mayFollow(scheme, before, tag)) {
        return `expected a tag that ${scheme} allows after ${before ?? 'the sentence’s beginning'}, got ${tag}; ${way}`;
      }
      return isLast && !mayFollow(scheme, tag, undefined)
        ? `expected a tag that ${scheme} allows at the sentence’s end, got ${tag}; ${way}`
        : '';
    }),
  );
}

/** @throws {InputError} for a tag that the scheme does not have. */
export function refuseForeignTags(labels: readonly string[], scheme: SpanScheme, file: string): void {
  const foreign = foreignTags(labels, scheme);
  if (foreign.length === 0) return;
  const form = scheme === 'BIO' ? 'O, B-TYPE and I-TYPE' : 'O, B-TYPE, I-TYPE, E-TYPE and S-TYPE';
  throw new InputError(
    `data ${file}: expected tags ${form} with model.tag_scheme ${scheme}, got ${foreign.join(', ')}`,
  );
}

/**
 * Corrects the tags of a text: reads its spans as conlleval does and writes them in a scheme. Returns how many tags
 * changed.
 */
export function repairedTags(
  text: TaggedText,
  scheme: SpanScheme,
): { readonly text: TaggedText; readonly changed: number } {
  if (scheme === 'none') return { text, changed: 0 };
  let changed = 0;
  const sentences = text.sentences.map(({ words, tags }, index) => {
    const written = new Array<string>(tags.length).fill('O');
    for (const { type, start, end } of entitiesOf(tags, undefined, text.where(index))) {
      written.splice(start, end - start + 1, ...spanTags(scheme, type, end - start + 1));
    }
    changed += written.filter((tag, word) => tag !== tags[word]).length;
    return { words, tags: written };
  });
  return { text: { ...text, sentences }, changed };
}
