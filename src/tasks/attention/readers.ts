import { InputError } from '../../io/error.ts';
import { type Role, roleNames } from '../../models/role.ts';
import { imageReader } from '../image-classification/attention-file.ts';
import { taggerReader } from '../token-classification/attention.ts';
import type { AttentionCall, AttentionReader } from './attention-reader.ts';
import { textReader } from './model-attention.ts';

/** How models of a role are shown what they look at, if not by texts as their tokenizer gives them. */
const readers: Readonly<Partial<Record<Role, AttentionReader>>> = {
  'token-classification': taggerReader,
  'image-classification': imageReader,
  'image-encoder': imageReader,
};

/** The options of `heddle inspect`. */
const flags: Readonly<Record<keyof AttentionCall, string>> = {
  texts: '--text',
  text_pairs: '--text_pair',
  targets: '--target',
  words: '--words',
  image: '--image',
  indices: '--index',
  src_lang: '--set src_lang',
  tgt_lang: '--set tgt_lang',
  allow_unsafe_patterns: '--allow-unsafe-patterns',
};

const isGiven = (value: AttentionCall[keyof AttentionCall]): boolean => value !== undefined && value !== false;

/**
 * How the models of a role are shown what they look at.
 *
 * @param call what the model is given.
 * @throws {InputError} when the call lacks what such a model reads, or has what it does not read.
 */
export function attentionReader(role: Role, call: AttentionCall): AttentionReader {
  const reader = readers[role] ?? textReader;
  const names = Object.keys(flags) as (keyof AttentionCall)[];
  const wrong = names.find((name) => isGiven(call[name]) && !reader.reads.includes(name));
  const [needed] = reader.reads;
  const isReady = isGiven(call[needed]);
  if (wrong) {
    const advice = isReady ? 'remove it' : `give it ${flags[needed]}`;
    throw new InputError(`inspect ${flags[wrong]}: not used by ${roleNames[role]}; ${advice}`);
  }
  if (!isReady) throw new InputError(`inspect: expected ${flags[needed]} for ${roleNames[role]}, got none`);
  return reader;
}
