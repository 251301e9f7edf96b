import type { Path } from '../path.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';

/**
 * Tokens that must not follow a path, in addition to those that are always banned. Its tokens are read only where a ban depends
 * on them.
 *
 * Source: Transformers 4.46, `NoRepeatNGramLogitsProcessor`, `NoBadWordsLogitsProcessor`, `MinLengthLogitsProcessor`,
 * `SuppressTokensAtBeginLogitsProcessor`.
 */
export function changingBans(settings: GenerationSettings, path: Pick<Path, 'length' | 'tokens'>): readonly number[] {
  const { noRepeatNgramSize, bannedSequences, bannedFirst, minLength, promptLength, ends } = settings;
  const { length } = path;
  const isLater = length > promptLength && length >= minLength;
  if (isLater && noRepeatNgramSize === 0 && bannedSequences.length === 0) return none;
  const { tokens } = path;
  return [
    ...(noRepeatNgramSize > 0 ? endsOfRepeatedNgrams(tokens, noRepeatNgramSize) : []),
    ...bannedSequences.filter((word) => isBegun(word, tokens)).flatMap((word) => word.slice(-1)),
    ...(length === promptLength ? bannedFirst : []),
    ...(length < minLength ? ends : []),
  ];
}

/** What most paths have, and shared by them: a search asks at every step. */
const none: readonly number[] = [];

/** Tokens that would make the last n tokens an n-gram that occurred before. */
function endsOfRepeatedNgrams(tokens: readonly number[], n: number): number[] {
  const prefixStart = tokens.length - (n - 1);
  const found: number[] = [];
  for (let at = 0; at + n <= tokens.length; at++) {
    let i = 0;
    while (i < n - 1 && tokens[at + i] === tokens[prefixStart + i]) i++;
    if (i === n - 1) found.push(tokens[at + n - 1]!);
  }
  return found;
}

/** Whether `tokens` end with all of `word` but its last token; false for a word longer than `tokens`. */
function isBegun(word: readonly number[], tokens: readonly number[]): boolean {
  if (word.length > tokens.length) return false;
  const prefixStart = tokens.length - (word.length - 1);
  return word.slice(0, -1).every((token, i) => tokens[prefixStart + i] === token);
}
