import { reportAll } from '../../io/error.ts';
import type { SequenceToSequenceModel } from '../../models/body/decoder.ts';
import type { GenerationConfig } from './generation-config.ts';
import { type Sampling, samplingOf, samplingViolations } from './sampling.ts';

/** A `GenerationConfig` with its defaults filled in and its overlaps resolved. Lengths include the prompt. */
export interface GenerationSettings {
  readonly beams: number;
  /** How to sample tokens; undefined for a search for the likeliest. */
  readonly sampling: Sampling | undefined;
  /** Hypotheses returned per sentence. */
  readonly returned: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly maxLength: number;
  /** No end token before the hypothesis has this length. */
  readonly minLength: number;
  /** The number of initial tokens: the start token, or a text to be continued. */
  readonly promptLength: number;
  readonly start: number;
  /** Any of these ends a hypothesis; the first is written at its end. */
  readonly ends: readonly number[];
  readonly forcedFirst: number | undefined;
  readonly forcedLast: number | undefined;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
  /** Never generated. */
  readonly bannedTokens: readonly number[];
  /** Never generated as the first token. */
  readonly bannedFirst: readonly number[];
  /** Never generated as a whole: sequences of two or more tokens. */
  readonly bannedSequences: readonly (readonly number[])[];
  readonly renormalize: boolean;
}

/** What settings depend on. */
type StartingModel = Pick<SequenceToSequenceModel, 'vocabulary' | 'maxPositions' | 'startFault'>;

/** The default of `max_length` in `GenerationConfig`; after a prompt it counts new tokens. */
const defaultMaxLength = 20;

/**
 * Resolves a config as Transformers 4.46 does: `max_new_tokens` overrides `max_length`, `min_new_tokens` overrides
 * `min_length`, and a bad word that is the end token is dropped. The maximum length is limited to the model's
 * positions.
 *
 * @param promptLength number of tokens in the prompt, if one replaces the start token.
 * @throws {InputError} for a token outside the vocabulary, no start token, or settings that contradict each other.
 */
export function settingsOf(
  config: GenerationConfig,
  { vocabulary, maxPositions = Number.POSITIVE_INFINITY, startFault }: StartingModel,
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
  const fault = startFault?.(config);
  const violations = [
    ...(fault === undefined ? [] : [fault]),
    ...(start === undefined && fault === undefined && promptLength === undefined
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
      ? [`the minimum length must be at most the maximum, ${settings.maxLength}, got ${settings.minLength}`]
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
      .map((id) => `${field}: token ids must be in 0 … ${vocabulary - 1}, got ${id}`),
  );
}
