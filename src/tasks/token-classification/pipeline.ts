import { InputError } from '../../io/error.ts';
import { typeFound } from '../../io/found.ts';
import { itemAt } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import type { SpanScheme } from '../../models/heads/fields/span-scheme.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import { type CallLimits, callLimits, checkTextLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { givenTexts } from '../model/given-text.ts';
import { composedLabel } from '../model/label-form.ts';
import { type OpenProgram, openProgram } from '../model/queued-program.ts';
import type { ModelSource } from '../platform/platform.ts';
import { byExample } from '../run/encoded-row.ts';
import { type LoadedTagging, loadTagging } from './loaded-tagging.ts';
import { taggerProgram } from './tagger.ts';
import { tagDecoder, type WordScores } from './tags/tag-decode.ts';
import { type TaggedLine, type TaggedSpan, type TaggedToken, taggedSpans, taggedTokens } from './tags/tag-entity.ts';
import { type GivenSentence, sentencesOfTexts, sentencesOfWords } from './words/given-sentence.ts';
import type { WordRow } from './words/word-batch.ts';
import { encodeWords } from './words/word-encode.ts';

/** Whether neighbouring words with the same tag are grouped. */
export const aggregationStrategies = ['none', 'simple'] as const;

/** How to tag. */
export interface TokenClassificationOptions {
  /** Tags that are left out of the results. Default `['O']`. */
  readonly ignore_labels?: readonly string[] | undefined;
  /** `simple` returns spans instead of words. Default `none`. */
  readonly aggregation_strategy?: (typeof aggregationStrategies)[number] | undefined;
  /** Whether each text is given as a list of words, which is not split again. Default false. */
  readonly is_split_into_words?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = {
  own: { ignore_labels: 'other', aggregation_strategy: 'other', is_split_into_words: 'flag', signal: 'signal' },
};

type Options = TokenClassificationOptions;
type Aggregated = Options & { readonly aggregation_strategy: 'simple' };
type Split = Options & { readonly is_split_into_words: true };

/** A text as a list of words. */
type Words = readonly string[];

/** Texts, or with `is_split_into_words` lists of words. */
type Given = string | readonly string[] | readonly Words[];

/** A function from texts to the tags of their words: one text gives a list, several give a list each, in order. */
interface TaggingCalls {
  (words: Words, options: Aggregated & Split): Promise<TaggedSpan[]>;
  (sentences: readonly Words[], options: Aggregated & Split): Promise<TaggedSpan[][]>;
  (words: Words, options: Split): Promise<TaggedToken[]>;
  (sentences: readonly Words[], options: Split): Promise<TaggedToken[][]>;
  (text: string, options: Aggregated): Promise<TaggedSpan[]>;
  (texts: readonly string[], options: Aggregated): Promise<TaggedSpan[][]>;
  (text: string, options?: Options): Promise<TaggedToken[]>;
  (texts: readonly string[], options?: Options): Promise<TaggedToken[][]>;
}

/** A function from texts to the tags of their words. */
export interface TokenClassificationPipeline extends TaggingCalls {
  readonly task: 'token-classification';
  readonly model: LoadedModel<'token-classification'>;
  /** All words of texts and their tags; only the options `is_split_into_words` and `signal` are used. */
  tag(texts: Given, options?: Options): Promise<TaggedLine[]>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'token-classification' as const;

/** @throws {InputError} when the folder is not a complete tagger with its reader of words. */
export async function tokenClassificationPipeline(source: ModelSource): Promise<TokenClassificationPipeline> {
  const limits = callLimits(source.limits, false);
  const loaded = await loadTagging(source);
  const { model } = loaded;
  const tagger = await openProgram(taggerProgram, model, source.backend);
  const tag = async (texts: Given, options: Options = {}): Promise<TaggedLine[]> => {
    checkOptions(options);
    const split = options.is_split_into_words
      ? sentencesOfWords(listOfWords(texts, limits), loaded.reader)
      : givenTexts(task, withoutLists(texts), limits);
    const sentence = (one: string | GivenSentence) =>
      typeof one === 'string' ? sentencesOfTexts([one], loaded.wordsOf) : [one];
    const given = (await inSlices<string | GivenSentence, GivenSentence[]>(split, sentence, options.signal)).flat();
    return tagSentences(loaded, tagger, given, options);
  };
  async function classify(texts: Given, options: Options = {}) {
    const lines = await tag(texts, options);
    const results = lines.map((line) => shownTags(line, model.model.tagScheme, options));
    return isOne(texts, options) ? results[0] : results;
  }
  return Object.assign(classify as TaggingCalls, {
    task,
    model,
    tag,
    dispose: () => tagger.dispose(),
  });
}

/** Lists of words; one list is one sentence. @throws {InputError} for anything but lists of words, and for more than the limits allow. */
function listOfWords(texts: Given, limits: CallLimits): readonly Words[] {
  if (Array.isArray(texts)) {
    const lists: readonly Words[] = isOne(texts, { is_split_into_words: true }) ? [texts] : texts;
    const joined = lists.map((words) => (Array.isArray(words) ? words.join(' ') : ''));
    checkTextLimits(task, joined, limits);
    return lists;
  }
  throw new InputError(`token-classification: is_split_into_words: expected a list of words, got ${typeFound(texts)}`);
}

/** The texts of a call. @throws {InputError} for lists of words, which need `is_split_into_words`. */
function withoutLists(texts: Given): string | readonly string[] {
  const at = Array.isArray(texts) ? texts.findIndex((text) => Array.isArray(text)) : -1;
  if (at < 0) return texts as string | readonly string[];
  throw new InputError(
    `token-classification: expected texts, got a list, at ${at} (lists of words need is_split_into_words: true)`,
  );
}

/** Whether a call has one text, not a list of them. */
const isOne = (texts: Given, { is_split_into_words: isSplit = false }: Options): boolean =>
  isSplit
    ? Array.isArray(texts) && texts.length > 0 && texts.every((word) => !Array.isArray(word))
    : typeof texts === 'string';

/** The words or spans of a text, without ignored labels. */
export function shownTags(
  line: TaggedLine,
  scheme: SpanScheme,
  { ignore_labels = ['O'], aggregation_strategy: strategy = 'none' }: Options,
): TaggedToken[] | TaggedSpan[] {
  const ignored = new Set(ignore_labels.map(composedLabel));
  if (strategy === 'simple') {
    return taggedSpans(line, scheme).filter(({ entity_group }) => !ignored.has(composedLabel(entity_group)));
  }
  return taggedTokens(line).filter(({ entity }) => !ignored.has(composedLabel(entity)));
}

function checkOptions(options: Options): void {
  checkCallOptions(task, options, callOptions);
  const { aggregation_strategy: strategy = 'none', ignore_labels: ignored = [] } = options;
  if (!Array.isArray(ignored) || ignored.some((label) => typeof label !== 'string')) {
    throw new InputError(
      `token-classification: ignore_labels: expected a list of labels, got ${JSON.stringify(ignored)}`,
    );
  }
  if (aggregationStrategies.includes(strategy)) return;
  const known = aggregationStrategies.join(', ');
  throw new InputError(`token-classification: aggregation_strategy: expected one of ${known}, got "${strategy}"`);
}

async function tagSentences(
  { model: { model, parameters, tokens }, reader }: LoadedTagging,
  tagger: OpenProgram<WordRow, WordScores>,
  given: readonly GivenSentence[],
  { signal }: Options,
): Promise<TaggedLine[]> {
  const sentences = given.map(({ words }) => words.map(({ word }) => word));
  const { maxTokens } = tokens;
  const { rows, cut } = encodeWords(sentences, reader, { maxTokens, where: (at) => `text ${at}` });
  const scores = await tagger.run(rows, { signal });
  const decoder = tagDecoder(model, parameters);
  const labelOf = (id: number) => itemAt(model.labels, id, 'a label');
  const tags = await inSlices(scores, (part) =>
    decoder.decode(part).map(({ id, score }) => ({ label: labelOf(id), score })),
  );
  const parts = byExample(rows, tags, given.length);
  return inSlices(given, ({ text, words }, at) => {
    const own = itemAt(parts, at, 'a sentence');
    const cutWords = cut.flatMap(({ sentence, word }) => (sentence === at ? [word] : []));
    return { text, words, tags: own.flat(), cut: cutWords, parts: own.length };
  });
}
