import { reportAll } from '../../io/error.ts';
import type { SequenceToSequenceModel } from '../../models/sequence-to-sequence.ts';
import type { GenerationConfig } from './generation-config.ts';
import { type Sampling, samplingOf, samplingViolations } from './sampling.ts';

/** A `GenerationConfig` with its defaults filled in and its overlaps resolved. Lengths count the prompt. */
export interface GenerationSettings {
  readonly beams: number;
  /** How tokens are drawn; undefined where the likeliest are searched. */
  readonly sampling: Sampling | undefined;
  /** Hypotheses given back for a sentence. */
  readonly returned: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly maxLength: number;
  /** No end token before the hypothesis is this long. */
  readonly minLength: number;
  /** How many tokens are given: the start token, or a text to be continued. */
  readonly promptLength: number;
  readonly start: number;
  /** Any of these ends a hypothesis; the first is what stands at its end. */
  readonly ends: readonly number[];
  readonly forcedFirst: number | undefined;
  readonly forcedLast: number | undefined;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
  /** Never generated. */
  readonly bannedTokens: readonly number[];
  /** Never generated as the first token. */
  readonly bannedFirst: readonly number[];
  /** Never generated in full: sequences of two or more tokens. */
  readonly bannedSequences: readonly (readonly number[])[];
  readonly renormalize: boolean;
}

/** `GenerationConfig`'s own default for `max_length`; after a prompt so many new tokens. */
const defaultMaxLength = 20;

/**
 * What a config means, as Transformers 4.46 reads it: `max_new_tokens` wins over `max_length`, `min_new_tokens` over
 * `min_length`, a bad word that is the end token is dropped. The greatest length is at most what the model has
 * positions for.
 *
 * @param promptLength tokens of a prompt, where one stands in the place of the start token.
 * @throws {InputError} for a token outside the vocabulary, no start token, or settings that contradict each other.
 */
export function settingsOf(
  config: GenerationConfig,
  { vocabulary, maxPositions = Number.POSITIVE_INFINITY }: Pick<SequenceToSequenceModel, 'vocabulary' | 'maxPositions'>,
  promptLength?: number,
): GenerationSettings {
  const startLength = promptLength ?? 1;
  const start = config.decoder_start_token_id ?? config.bos_token_id ?? undefined;
  const ends = [config.eos_token_id ?? []].flat();
  const isEnd = ([token, ...more]: readonly number[]) => more.length === 0 && ends.some((end) => end === token);
  const badWords = (config.bad_words_ids ?? []).filter((word) => !isEnd(word));
  const single = badWords.filter(({ length }) => length === 1).flat();
  const plainLength = defaultMaxLength + (promptLength ?? 0);
  const longest = config.max_new_tokens ? config.max_new_tokens + startLength : (config.max_length ?? plainLength);
  const settings: GenerationSettings = {
    beams: config.num_beams ?? 1,
    sampling: config.do_sample ? samplingOf(config) : undefined,
    returned: config.num_return_sequences ?? 1,
    lengthPenalty: config.length_penalty ?? 1,
    earlyStopping: config.early_stopping ?? false,
    maxLength: Math.min(longest, maxPositions + 1),
    minLength: config.min_new_tokens ? config.min_new_tokens + startLength : (config.min_length ?? 0),
    promptLength: startLength,
    start: start ?? 0,
    ends,
    forcedFirst: config.forced_bos_token_id ?? undefined,
    forcedLast: config.forced_eos_token_id ?? undefined,
    repetitionPenalty: config.repetition_penalty ?? 1,
    noRepeatNgramSize: config.no_repeat_ngram_size ?? 0,
    bannedTokens: [...new Set([...single, ...(config.suppress_tokens ?? [])])],
    bannedFirst: config.begin_suppress_tokens ?? [],
    bannedSequences: badWords.filter(({ length }) => length > 1),
    renormalize: config.renormalize_logits ?? false,
  };
  const violations = [
    ...(start === undefined && promptLength === undefined
      ? ['decoder_start_token_id is missing, expected a token id']
      : []),
    ...(config.do_sample ? samplingViolations(config) : []),
    ...tokenViolations(config, vocabulary.target),
    ...(!settings.sampling && settings.returned > settings.beams
      ? [`num_return_sequences must be at most num_beams = ${settings.beams}, got ${settings.returned}`]
      : []),
    ...(settings.maxLength <= startLength
      ? [`max_length must leave room after ${promptText(promptLength)}, got ${settings.maxLength}`]
      : []),
    ...(settings.minLength > settings.maxLength
      ? [`the least length must be at most the greatest, ${settings.maxLength}, got ${settings.minLength}`]
      : []),
  ];
  if (violations.length) throw reportAll('generation config', violations);
  return settings;
}

const promptText = (length: number | undefined): string =>
  length === undefined ? 'the start token' : `a prompt of ${length} tokens`;

const tokenFields = [
  'decoder_start_token_id',
  'bos_token_id',
  'eos_token_id',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'bad_words_ids',
  'suppress_tokens',
  'begin_suppress_tokens',
] as const satisfies (keyof GenerationConfig)[];

function tokenViolations(config: GenerationConfig, vocabulary: number): string[] {
  return tokenFields.flatMap((field) =>
    [config[field] ?? []]
      .flat(2)
      .filter((id) => id >= vocabulary)
      .map((id) => `${field}: token ids must lie in 0 … ${vocabulary - 1}, got ${id}`),
  );
}
