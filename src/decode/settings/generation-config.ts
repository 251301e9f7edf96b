import * as z from 'zod';
import { check } from '../../io/check.ts';

const tokenId = z.int().min(0);
const tokenIds = z.array(tokenId).min(1);

/** One or more texts, any of which ends a sequence. */
export const stopStrings = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/**
 * Numeric fields that calls and recipes share. Their bounds keep scores finite in 32 bits and memory within what machines have.
 */
export const generationNumbers = {
  num_beams: z.int().min(1).max(1024),
  num_return_sequences: z.int().min(1).max(1024),
  length_penalty: z.number().min(-10).max(10),
  repetition_penalty: z.number().min(1e-6).max(1e6),
  temperature: z.number().min(1e-6).max(1e6),
  /** Seconds. */
  max_time: z.number().positive(),
};

/** A field that accepts only its neutral value: the feature it would switch on is not supported. */
const only = <T extends string | number | boolean>(value: T) => z.literal(value).nullish();
const absent = z.null().optional();
/** A field without effect. */
const idle = z.unknown().optional();

/**
 * `generation_config.json` and the keywords of `generate`, by the names of Transformers' `GenerationConfig`.
 *
 * As in Transformers, null means the default. Fields of unsupported features (contrastive and group beam search) are
 * known but must have their neutral value. `seed` is Heddle's own: the seed of sampling with `do_sample`, default 42.
 * As in Transformers, `top_k` is 50 by default; 0 samples from all tokens.
 */
export const generationConfig = z.strictObject({
  max_length: z.int().min(1).nullish(),
  max_new_tokens: z.int().min(1).nullish(),
  min_length: z.int().min(0).nullish(),
  min_new_tokens: z.int().min(0).nullish(),
  early_stopping: z.union([z.boolean(), z.literal('never')]).nullish(),
  num_beams: generationNumbers.num_beams.nullish(),
  num_return_sequences: generationNumbers.num_return_sequences.nullish(),
  length_penalty: generationNumbers.length_penalty.nullish(),
  repetition_penalty: generationNumbers.repetition_penalty.nullish(),
  no_repeat_ngram_size: z.int().min(0).nullish(),
  bad_words_ids: z.array(tokenIds).nullish(),
  suppress_tokens: z.array(tokenId).nullish(),
  begin_suppress_tokens: z.array(tokenId).nullish(),
  renormalize_logits: z.boolean().nullish(),
  stop_strings: stopStrings.nullish(),
  max_time: generationNumbers.max_time.nullish(),
  forced_bos_token_id: tokenId.nullish(),
  forced_eos_token_id: tokenId.nullish(),
  pad_token_id: tokenId.nullish(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, tokenIds]).nullish(),
  decoder_start_token_id: tokenId.nullish(),

  do_sample: z.boolean().nullish(),
  seed: z.int().min(0).nullish(),
  temperature: z.number().nullish(),
  top_k: z.int().min(0).nullish(),
  top_p: z.number().nullish(),
  min_p: z.number().nullish(),
  typical_p: z.number().nullish(),
  epsilon_cutoff: z.number().nullish(),
  eta_cutoff: z.number().nullish(),

  num_beam_groups: only(1),
  diversity_penalty: only(0),
  encoder_repetition_penalty: only(1),
  encoder_no_repeat_ngram_size: only(0),
  remove_invalid_values: only(false),
  penalty_alpha: absent,
  dola_layers: absent,
  guidance_scale: absent,
  sequence_bias: absent,
  exponential_decay_length_penalty: absent,
  prompt_lookup_num_tokens: absent,
  constraints: absent,
  force_words_ids: absent,
  forced_decoder_ids: absent,
  watermarking_config: absent,

  use_cache: idle,
  output_attentions: idle,
  output_hidden_states: idle,
  output_scores: z.boolean().nullish(),
  output_logits: idle,
  return_dict_in_generate: idle,
  transformers_version: idle,
  _from_model_config: idle,
});

/** A checked `generation_config.json`, or the options of a call. */
export type GenerationConfig = z.output<typeof generationConfig>;

/**
 * Parses a config from a file or a caller.
 *
 * @param where the origin in errors (`generation_config.json`).
 * @throws {InputError} for an unknown field, with the nearest name, a wrong type or an unsupported value.
 */
export const readGenerationConfig = (value: unknown, where: string): GenerationConfig =>
  check(generationConfig, value, where);

/** The names of all fields. */
export const generationFields: readonly string[] = Object.keys(generationConfig.shape);

/** Two ways to give one length: of the whole, and of the generated part. */
export const lengthPairs = [
  ['max_length', 'max_new_tokens'],
  ['min_length', 'min_new_tokens'],
] as const satisfies readonly (readonly (keyof GenerationConfig)[])[];

/** Whether a field has a value; null and undefined are none. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * The later config's fields over the earlier's; undefined keeps the earlier value, null restores the default. A length
 * replaces the earlier config's value in either form.
 */
export function overlay(...configs: readonly GenerationConfig[]): GenerationConfig {
  const whole = new Map<string, unknown>();
  for (const config of configs) {
    for (const [a, b] of lengthPairs.flatMap(([length, added]) => [
      [length, added] as const,
      [added, length] as const,
    ])) {
      if (isGiven(config[a]) && !isGiven(config[b])) whole.delete(b);
    }
    for (const [name, value] of Object.entries(config)) if (value !== undefined) whole.set(name, value);
  }
  return Object.fromEntries(whole);
}
