import type { SelfAttentionExample } from '../../inspect/self-attention-page.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { hasTokenizer } from '../../text/convert/read-tokenizer.ts';
import { float32Data, type Tensor } from '../../weights/tensor.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import { PreTrainedModel } from '../model/pre-trained-model.ts';
import { type ReadTokens, selfAttention } from '../model/self-attention.ts';
import { pageOfExamples } from '../model/self-attention-page.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LoadedTagging, loadTagging } from './loaded-tagging.ts';
import { tagDecoder } from './tags/tag-decode.ts';

/** The words of a text as a tagger reads them. */
interface ReadWords extends Omit<ReadTokens, 'labels'> {
  readonly words: readonly string[];
  /** The position of each word's first token. */
  readonly places: readonly number[];
}

function readWords({ reader, wordsOf }: LoadedTagging, text: string): ReadWords {
  const { before, after } = reader.frame;
  const words = wordsOf(text).map(({ word }) => word);
  const ids = [...before];
  const places = words.map((word, at) => {
    const place = ids.length;
    ids.push(...reader.tokensOf(word, at === 0));
    return place;
  });
  const end = ids.length;
  ids.push(...after);
  const texts = ids.map((_, at) => (at >= before.length && at < end ? 0 : null));
  return { ids, type_ids: ids.map(() => 0), texts, words, places };
}

/** Names of the tokens: the tokenizer's, or without one the words, each of them a token. */
async function labeller({ folder, ...options }: ModelSource): Promise<(read: ReadWords) => string[]> {
  if (await hasTokenizer(folder)) {
    const { source } = await loadTokenizers(folder, options);
    return ({ ids }) => source.tokenTexts(ids).map(({ label }) => label);
  }
  return ({ ids, words, places }) => {
    const nameOf = new Map(places.map((place, word) => [place, itemAt(words, word, 'a word')]));
    return ids.map((_, at) => nameOf.get(at) ?? '·');
  };
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
 * Runs a tagger on texts and makes a page with the self-attention of every layer and head, and the tag of every word.
 *
 * @throws {InputError} when the model cannot be used or has no self-attention, a text has more tokens than the model has
 *   positions, or pairs are given.
 */
export async function taggerAttentionPage(
  source: ModelSource,
  texts: readonly string[],
  pairs?: readonly string[],
): Promise<string> {
  if (pairs) throw new InputError('inspect --text_pair: a tagger reads one text; remove it');
  const tagging = await loadTagging(source);
  if (tagging.reader.characterSize !== undefined) {
    throw new InputError(`${source.folder.name}: the model reads characters and has no self-attention to show`);
  }
  const labelsOf = await labeller(source);
  const model = new PreTrainedModel(tagging.model, source.backend);
  try {
    const examples: SelfAttentionExample[] = [];
    for (const [at, input] of texts.entries()) {
      const read = readWords(tagging, input);
      const tokens = { ...read, labels: labelsOf(read) };
      const { results, ...attention } = await selfAttention(model, tokens, `inspect: text ${at}`);
      examples.push({ input, output: taggedText(tagging, read, results.get('logits')), ...attention });
    }
    return pageOfExamples(model, examples);
  } finally {
    await model.dispose();
  }
}
