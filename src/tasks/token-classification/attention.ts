import type { SelfAttentionExample } from '../../inspect/self-attention-page.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { hasTokenizer } from '../../text/convert/read-tokenizer.ts';
import { loadTokenizers } from '../folder/tokenizer-folder.ts';
import { PreTrainedModel } from '../model/pre-trained-model.ts';
import { type ReadTokens, selfAttention } from '../model/self-attention.ts';
import { pageOfExamples } from '../model/self-attention-page.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LoadedTagging, loadTagging } from './loaded-tagging.ts';
import { tokenClassificationPipeline } from './pipeline.ts';

/** The words of a text as tokens, framed as the tagger reads them. */
function readWords(
  { reader, wordsOf }: LoadedTagging,
  text: string,
  labelsOf: (ids: readonly number[], words: readonly string[]) => string[],
): ReadTokens {
  const { before, after } = reader.frame;
  const words = wordsOf(text).map(({ word }) => word);
  const pieces = words.map((word) => reader.tokensOf(word));
  const ids = [...before, ...pieces.flat(), ...after];
  const named = words.flatMap((word, at) => itemAt(pieces, at, 'a word').map((_, piece) => (piece === 0 ? word : '·')));
  const inner = new Set(Array.from({ length: named.length }, (_, at) => before.length + at));
  return {
    ids,
    type_ids: ids.map(() => 0),
    labels: labelsOf(ids, named),
    texts: ids.map((_, at) => (inner.has(at) ? 0 : null)),
  };
}

/**
 * Runs a tagger on texts and makes a page with the self-attention of every layer and head, and the tag of every word.
 *
 * @throws {InputError} when the model cannot be used or has no self-attention, a text has no words or more tokens than
 *   the model has positions, or pairs are given.
 */
export async function taggerAttentionPage(
  source: ModelSource,
  texts: readonly string[],
  pairs?: readonly string[],
): Promise<string> {
  if (pairs) throw new InputError('inspect --text_pair: a tagger reads one text; remove it');
  const loaded = await loadTagging(source);
  const tokenizer = (await hasTokenizer(source.folder)) ? (await loadTokenizers(source.folder, source)).source : null;
  const { before, after } = loaded.reader.frame;
  const labelsOf = (ids: readonly number[], words: readonly string[]) =>
    tokenizer?.tokenTexts(ids).map(({ label }) => label) ?? [
      ...before.map(() => '·'),
      ...words,
      ...after.map(() => '·'),
    ];
  const pipeline = await tokenClassificationPipeline(source);
  const model = new PreTrainedModel(loaded.model, source.backend);
  try {
    const tagged = await pipeline.tag(texts);
    const examples: SelfAttentionExample[] = [];
    for (const [at, input] of texts.entries()) {
      const { words, tags } = itemAt(tagged, at, 'a text');
      const output = words.map(({ word }, i) => `${word}/${itemAt(tags, i, 'a tag').label}`).join(' ');
      const { results: _, ...attention } = await selfAttention(
        model,
        readWords(loaded, input, labelsOf),
        `inspect: text ${at}`,
      );
      examples.push({ input, output, ...attention });
    }
    return pageOfExamples(model, examples);
  } finally {
    await model.dispose();
    await pipeline.dispose();
  }
}
