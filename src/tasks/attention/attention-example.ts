import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import type { AttentionMap } from '../../inspect/attention/attention-map.ts';
import { wordAttention } from '../../inspect/attention/attention-word.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { inLanguages, type LanguageNames } from '../folder/language-option.ts';
import type { Tokenizers } from '../folder/tokenizer-folder.ts';
import { type ImageAttentionSource, imageAttention } from '../image-classification/attention.ts';
import type { GivenImage } from '../image-classification/given-image.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { PreTrainedModel } from '../model/pre-trained-model.ts';
import { SequenceModel } from '../text-to-text/sequence-model.ts';
import { shownPass } from './attention-map.ts';
import type { AttentionOptions, ImageAttentionOptions } from './attention-option.ts';
import { outputText } from './output-text.ts';
import { readText } from './read-text.ts';
import { tokenAxis } from './token-axis.ts';
import { givenTarget, type WrittenText, writtenTexts } from './written-text.ts';

const known: CallOptions = {
  own: {
    text_pairs: 'other',
    targets: 'other',
    references: 'other',
    words: 'flag',
    src_lang: 'other',
    tgt_lang: 'other',
  },
};

/** A model and its tokenizer: a pipeline, or what `loadModel` and `loadTokenizer` return. */
export type AttentionSource = { readonly model: PreTrainedModel } & (
  | { readonly tokenizer: Tokenizer }
  | { readonly tokenizers: Tokenizers }
);

/** An example of some maps; with `words`, of words. */
export function exampleOf(
  example: Omit<AttentionExample, 'maps' | 'isOfWords'>,
  maps: readonly AttentionMap[],
  words = false,
): AttentionExample {
  return words ? { ...example, isOfWords: true, maps: maps.map(wordAttention) } : { ...example, maps };
}

function checkCounts(texts: readonly string[], { text_pairs, targets, references }: AttentionOptions): void {
  for (const [name, list] of Object.entries({ text_pairs, targets, references })) {
    if (list === undefined || list.length === texts.length) continue;
    throw new InputError(`attentionExamples: expected as many ${name} as texts, ${texts.length}, got ${list.length}`);
  }
}

/** What the decoder of an encoder–decoder writes for each text; undefined for other models. */
async function decoderTexts(
  model: PreTrainedModel,
  tokenizers: Tokenizers,
  texts: readonly string[],
  { text_pairs: pairs, targets, tgt_lang }: AttentionOptions,
  nameOf: LanguageNames,
): Promise<WrittenText[] | undefined> {
  if (!(model instanceof SequenceModel)) {
    if (targets) throw new InputError(`${model.loaded.name}: targets are for an encoder–decoder; remove them`);
    if (tgt_lang !== undefined) {
      throw new InputError(`${nameOf('tgt_lang')}: not used by a model that writes nothing; remove it`);
    }
    return undefined;
  }
  if (pairs) throw new InputError(`${model.loaded.name}: a model that writes reads one text, not a pair`);
  if (targets) return targets.map((text) => givenTarget(tokenizers, text));
  return writtenTexts(
    model,
    tokenizers,
    texts.map((text) => tokenizers.source.encode(text)),
    tgt_lang !== undefined,
  );
}

/** {@link attentionExamples} of texts. @param nameOf names a language's option in errors. */
export async function textAttention(
  source: AttentionSource,
  texts: readonly string[],
  options: AttentionOptions = {},
  nameOf: LanguageNames = (option) => `attentionExamples: ${option}`,
): Promise<AttentionExample[]> {
  checkCallOptions('attentionExamples', options, known);
  checkCounts(texts, options);
  const { model } = source;
  const given = 'tokenizers' in source ? source.tokenizers : { source: source.tokenizer, target: source.tokenizer };
  const tokenizers = inLanguages(given, options, nameOf);
  const { text_pairs: pairs, references, words } = options;
  const decoders = await decoderTexts(model, tokenizers, texts, options, nameOf);
  const axisOf = (ids: readonly number[]) => tokenAxis(tokenizers.target, ids);
  const examples: AttentionExample[] = [];
  for (const [at, input] of texts.entries()) {
    const pair = pairs && itemAt(pairs, at, 'a second text');
    const read = readText(model, tokenizers.source, input, pair);
    const decoder = decoders && itemAt(decoders, at, 'a text');
    const { maps, results } = await shownPass(model, read, `inspect: text ${at}`, axisOf, decoder);
    const output =
      decoder?.output ?? outputText(model, tokenizers.source, { ids: read.ids, text: input, pair }, results);
    examples.push(exampleOf({ input, pair, output, reference: references?.[at] }, maps, words));
  }
  return examples;
}

/** @throws {InputError} for a pipeline's model that cannot show its attention. */
function checkModel({ model }: AttentionSource | ImageAttentionSource): void {
  if (model instanceof PreTrainedModel) return;
  throw new InputError(
    'attentionExamples: model: expected the result of loadModel, or the model of a pipeline that writes texts',
  );
}

/**
 * Runs a model on texts or pairs and records every kind of attention that it has, of every layer and head: self-attention,
 * cross-attention, recurrent alignments, attention pooling. An encoder–decoder first generates what its decoder reads. A
 * classifier also says what it predicts, a masked language model which tokens its masks are, a language model which tokens
 * may follow, a question-answering model which part of the second text answers the first.
 *
 * With a `processor` the model reads images, given as to the pipeline `image-classification`.
 *
 * @throws {InputError} for a text with more tokens than the model has positions, a model without attention, a pair that the
 *   tokenizer or the model has no form for, targets for a model without a decoder, a language that its texts do not name,
 *   images that the model does not read, or an unknown option.
 * @example
 * const [{ maps }] = await attentionExamples(translator, ['a dog runs']);
 * maps[0]?.kind; // 'cross_attentions'
 */
export async function attentionExamples(
  source: AttentionSource,
  texts: readonly string[],
  options?: AttentionOptions,
): Promise<AttentionExample[]>;
export async function attentionExamples(
  source: ImageAttentionSource,
  images: GivenImage | readonly GivenImage[],
  options?: ImageAttentionOptions,
): Promise<AttentionExample[]>;
export async function attentionExamples(
  source: AttentionSource | ImageAttentionSource,
  given: readonly string[] | GivenImage | readonly GivenImage[],
  options?: AttentionOptions | ImageAttentionOptions,
): Promise<AttentionExample[]> {
  checkModel(source);
  if ('processor' in source) return imageAttention(source, given as GivenImage | readonly GivenImage[], options);
  return textAttention(source, given as readonly string[], options);
}
