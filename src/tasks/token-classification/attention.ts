import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import type { TokenAxis } from '../../inspect/attention/attention-map.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { hasTokenizer } from '../../text/convert/read-tokenizer.ts';
import { float32Data, type Tensor } from '../../weights/tensor.ts';
import { exampleOf } from '../attention/attention-example.ts';
import { shownPass } from '../attention/attention-map.ts';
import type { AttentionReader } from '../attention/attention-reader.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import { PreTrainedModel } from '../model/pre-trained-model.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LoadedTagging, loadTagging } from './loaded-tagging.ts';
import { tagDecoder } from './tags/tag-decode.ts';

/** The words of a text as a tagger reads them. */
interface ReadWords {
  readonly ids: readonly number[];
  readonly words: readonly string[];
  /** How many tokens each word has. */
  readonly counts: readonly number[];
  /** The position of each word's first token. */
  readonly places: readonly number[];
}

function readWords({ reader, wordsOf }: LoadedTagging, text: string): ReadWords {
  const { before, after } = reader.frame;
  const words = wordsOf(text).map(({ word }) => word);
  const pieces = words.map((word, at) => reader.tokensOf(word, at === 0));
  let end = before.length;
  const places = pieces.map(({ length }) => {
    const place = end;
    end += length;
    return place;
  });
  return { ids: [...before, ...pieces.flat(), ...after], words, counts: pieces.map(({ length }) => length), places };
}

/** The axis of a tagger's tokens. They are named by the tokenizer; without one they are the words. */
async function axisReader(
  { reader }: LoadedTagging,
  { folder, ...options }: ModelSource,
): Promise<(read: ReadWords) => TokenAxis> {
  const tokenizer = (await hasTokenizer(folder)) ? (await loadTokenizers(folder, options)).source : undefined;
  const { before, after } = reader.frame;
  const labelsOf = (ids: readonly number[]): string[] =>
    tokenizer ? tokenizer.tokenTexts(ids).map(({ label }) => label) : ids.map(() => '·');
  const alone = (ids: readonly number[]) => labelsOf(ids).map((label) => ({ label, tokens: 1 }));
  return ({ ids, words, counts }) => ({
    tokens: tokenizer ? labelsOf(ids) : [...labelsOf(before), ...words, ...labelsOf(after)],
    texts: ids.map((_, at) => (at >= before.length && at < ids.length - after.length ? 0 : null)),
    words: [
      ...alone(before),
      ...words.map((label, at) => ({ label, tokens: itemAt(counts, at, 'a word') })),
      ...alone(after),
    ],
  });
}

/** `dogs/NOUN run/VERB`. `logits`: [1, T, N]. */
function taggedText({ model }: LoadedTagging, { words, places }: ReadWords, logits: Tensor | undefined): string {
  if (!logits) throw new Error('tagger: expected logits');
  const { labels } = model.model;
  const all = float32Data(logits, 'logits');
  const rows = places.flatMap((place) => [...all.subarray(place * labels.length, (place + 1) * labels.length)]);
  const tags = tagDecoder(model.model, model.parameters).decode({ logits: Float32Array.from(rows) });
  return words.map((word, at) => `${word}/${itemAt(labels, itemAt(tags, at, 'a tag').id, 'a label')}`).join(' ');
}

/**
 * Runs a tagger on texts and shows where it looked, and the tag of every word.
 *
 * @throws {InputError} when the model cannot be used or has no attention, or a text has more tokens than the model has
 *   positions.
 */
export const taggerReader: AttentionReader = {
  reads: ['texts', 'words', 'allow_unsafe_patterns'],
  async show(source, { texts = [], words }) {
    const tagging = await loadTagging(source);
    if (tagging.reader.characterSize !== undefined) {
      throw new InputError(`${source.folder.name}: the model reads characters and has no attention to show`);
    }
    const axisOf = await axisReader(tagging, source);
    const model = new PreTrainedModel(tagging.model, source.backend);
    try {
      const examples: AttentionExample[] = [];
      for (const [at, input] of texts.entries()) {
        const read = readWords(tagging, input);
        const axis = axisOf(read);
        const tokens = { ids: read.ids, type_ids: read.ids.map(() => 0), axis };
        const { maps, results } = await shownPass(model, tokens, `inspect: text ${at}`, () => axis);
        examples.push(exampleOf({ input, output: taggedText(tagging, read, results.get('logits')) }, maps, words));
      }
      return { model: tagging.model, examples };
    } finally {
      await model.dispose();
    }
  },
};
