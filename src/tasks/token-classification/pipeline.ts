import { InputError } from '../../io/error.ts';
import type { LoadedModel } from '../../models/load.ts';
import { givenTexts } from '../model/given-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LoadedTagging, loadTagging, tokensInBatch } from './loaded-tagging.ts';
import { tagDecoder } from './tags/tag-decode.ts';
import { type TaggedLine, type TaggedSpan, type TaggedToken, taggedSpans, taggedTokens } from './tags/tag-entity.ts';
import { bySentence, encodeWords } from './words/word-encode.ts';

/** What becomes of neighbouring words with one tag: nothing, or they are put together. */
export const aggregationStrategies = ['none', 'simple'] as const;

/** How to tag. */
export interface TokenClassificationOptions {
  /** Tags that are left out. Default `['O']`. */
  readonly ignore_labels?: readonly string[];
  /** `simple` gives spans instead of words. Default `none`. */
  readonly aggregation_strategy?: (typeof aggregationStrategies)[number];
}

type Aggregated = TokenClassificationOptions & { readonly aggregation_strategy: 'simple' };

/** A function from texts to the tags of their words: of one text a list, of several a list each, in their order. */
export interface TokenClassificationPipeline {
  (text: string, options: Aggregated): Promise<TaggedSpan[]>;
  (texts: readonly string[], options: Aggregated): Promise<TaggedSpan[][]>;
  (text: string, options?: TokenClassificationOptions): Promise<TaggedToken[]>;
  (texts: readonly string[], options?: TokenClassificationOptions): Promise<TaggedToken[][]>;
  readonly task: 'token-classification';
  readonly model: LoadedModel<'token-classification'>;
  /** The words of texts and their tags, none left out. */
  tag(texts: readonly string[]): Promise<TaggedLine[]>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'token-classification' as const;

/** @throws {InputError} when the folder is no whole tagger with what reads its words. */
export async function tokenClassificationPipeline(source: ModelSource): Promise<TokenClassificationPipeline> {
  const loaded = await loadTagging(source);
  function classify(text: string, options: Aggregated): Promise<TaggedSpan[]>;
  function classify(texts: readonly string[], options: Aggregated): Promise<TaggedSpan[][]>;
  function classify(text: string, options?: TokenClassificationOptions): Promise<TaggedToken[]>;
  function classify(texts: readonly string[], options?: TokenClassificationOptions): Promise<TaggedToken[][]>;
  async function classify(texts: string | readonly string[], options: TokenClassificationOptions = {}) {
    checkOptions(options);
    const lines = await tagLines(loaded, givenTexts(task, texts));
    const results = lines.map((line) => shownTags(line, loaded.model.tagScheme, options));
    return typeof texts === 'string' ? results[0] : results;
  }
  return Object.assign(classify, {
    task,
    model: loaded,
    tag: (texts: readonly string[]) => tagLines(loaded, texts),
    dispose: () => loaded.tagger.dispose(),
  });
}

/** A line's words or spans, without those that are ignored. */
export function shownTags(
  line: TaggedLine,
  scheme: LoadedTagging['model']['tagScheme'],
  { ignore_labels: ignored = ['O'], aggregation_strategy: strategy = 'none' }: TokenClassificationOptions,
): TaggedToken[] | TaggedSpan[] {
  if (strategy === 'simple') {
    return taggedSpans(line, scheme).filter(({ entity_group }) => !ignored.includes(entity_group));
  }
  return taggedTokens(line).filter(({ entity }) => !ignored.includes(entity));
}

function checkOptions({ aggregation_strategy: strategy = 'none' }: TokenClassificationOptions): void {
  if (aggregationStrategies.includes(strategy)) return;
  const known = aggregationStrategies.join(', ');
  throw new InputError(`token-classification: aggregation_strategy: expected one of ${known}, got "${strategy}"`);
}

async function tagLines(
  { model, reader, tagger, parameters, tokens }: LoadedTagging,
  texts: readonly string[],
): Promise<TaggedLine[]> {
  const placed = texts.map((text) => reader.wordsOf(text));
  const sentences = placed.map((words) => words.map(({ word }) => word));
  const { maxTokens, padTokenId } = tokens;
  const encoded = encodeWords(sentences, reader, { maxTokens, where: (at) => `text ${at}` });
  const scores = await tagger.scores(encoded, { padTokenId, maxTokens: tokensInBatch });
  const decoder = tagDecoder(model, parameters);
  const tags = scores.map((part) => decoder.decode(part).map(({ id, score }) => ({ label: model.labels[id], score })));
  const whole = bySentence(encoded, texts.length, tags);
  return texts.map((text, at) => ({
    text: reader.isOfCharacters ? text.normalize('NFC') : text,
    words: placed[at],
    tags: whole[at],
    parts: encoded.origins.filter(({ sentence }) => sentence === at).length,
  }));
}
