import * as z from 'zod';
import { type GenerationConfig, isGiven, overlay } from '../../decode/settings/generation-config.ts';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';

const most = z.int().min(1).optional();
const ofTexts = { texts: most, characters: most };
const ofGeneration = { num_beams: most, num_return_sequences: most, max_new_tokens: most };

/**
 * The most that a caller may request from a pipeline; without limits, anything that the model can do. A call that requests more is refused. Values that a call leaves to the model's settings are reduced to the limit instead.
 */
export interface CallLimits {
  /** Texts per call. */
  readonly texts?: number | undefined;
  /** UTF-16 code units per text, as in `length`. */
  readonly characters?: number | undefined;
  /** Images per call. */
  readonly images?: number | undefined;
  readonly num_beams?: number | undefined;
  readonly num_return_sequences?: number | undefined;
  /** Tokens per result, however the call sets its length. */
  readonly max_new_tokens?: number | undefined;
}

/** Checks limits. @throws {InputError} for an unknown limit or anything but a whole number ≥ 1. */
export const callLimits = (limits: CallLimits | undefined, isGeneration: boolean): CallLimits =>
  check(z.strictObject(isGeneration ? { ...ofTexts, ...ofGeneration } : ofTexts), limits ?? {}, 'pipeline: limits');

/** Checks the limits of a pipeline that reads images. @throws {InputError} as {@link callLimits}. */
export const imageLimits = (limits: CallLimits | undefined): CallLimits =>
  check(z.strictObject({ images: most }), limits ?? {}, 'pipeline: limits');

/** @throws {InputError} for more images than the limits allow. */
export function checkImageLimits(where: string, count: number, { images }: CallLimits): void {
  if (images === undefined || count <= images) return;
  throw new InputError(`${where}: expected at most ${images} images, got ${count}`);
}

/** @throws {InputError} for more or longer texts than the limits allow. */
export function checkTextLimits(
  where: string,
  texts: readonly string[],
  { texts: count, characters }: CallLimits,
): void {
  if (count !== undefined && texts.length > count) {
    throw new InputError(`${where}: expected at most ${count} texts, got ${texts.length}`);
  }
  const long = characters === undefined ? -1 : texts.findIndex(({ length }) => length > characters);
  if (long >= 0) {
    const got = texts[long]?.length;
    throw new InputError(`${where}: expected at most ${characters} characters, got ${got}, at text ${long}`);
  }
}

/** The default of `GenerationConfig`. */
const usualLength = 20;

/**
 * Applies the limits to the fields of a call.
 *
 * @param defaults the model's settings, which the fields override.
 * @param prompt number of tokens in the shortest prompt, which `max_length` includes.
 * @throws {InputError} for every field that requests more.
 */
export function withinLimits(
  where: string,
  fields: GenerationConfig,
  defaults: GenerationConfig,
  { num_beams, num_return_sequences, max_new_tokens }: CallLimits,
  prompt: number,
): GenerationConfig {
  const whole = overlay(defaults, fields);
  const newTokens = ({ max_new_tokens: added, max_length: all }: GenerationConfig) =>
    added ?? (isGiven(all) ? Number(all) - prompt : undefined);
  const asked = [
    ['num_beams', num_beams, fields.num_beams, whole.num_beams ?? 1],
    ['num_return_sequences', num_return_sequences, fields.num_return_sequences, whole.num_return_sequences ?? 1],
    ['max_new_tokens', max_new_tokens, newTokens(fields), newTokens(whole) ?? usualLength],
  ] as const;
  let limited = fields;
  for (const [name, limit, given, effective] of asked) {
    if (limit === undefined || !(effective > limit)) continue;
    if (isGiven(given)) throw new InputError(`${where}: ${name}: expected at most ${limit}, got ${given}`);
    limited = overlay(limited, { [name]: limit });
  }
  return limited;
}
