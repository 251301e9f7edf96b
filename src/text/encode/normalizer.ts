import { InputError } from '../../io/error.ts';
import { compilePattern } from '../check/pattern.ts';
import type { TokenizerJson } from '../tokenizer-json.ts';
import { type BertNormalizerSettings, bertNormalizer, lowercase, without } from './bert-normalizer.ts';
import { byteLevel } from './byte-level.ts';
import { precompiled } from './precompiled.ts';
import { sentencePiece } from './sentence-piece.ts';
import { inSequence, type Step } from './step.ts';
import { unicodeForm } from './unicode-form.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The steps of a checked `normalizer`, by type. Source: tokenizers 0.23 normalizers/. */
const rows: Readonly<Record<string, (part: Fields, where: string) => Step>> = {
  BertNormalizer: (part) => bertNormalizer(part as BertNormalizerSettings),
  Precompiled: ({ precompiled_charsmap, sentencepiece }, where) =>
    sentencepiece === undefined
      ? precompiled(precompiled_charsmap, `${where}.precompiled_charsmap`)
      : sentencePiece(precompiled_charsmap, sentencepiece, `${where}.precompiled_charsmap`),
  NFC: () => unicodeForm('NFC'),
  NFD: () => unicodeForm('NFD'),
  NFKC: () => unicodeForm('NFKC'),
  NFKD: () => unicodeForm('NFKD'),
  Nmt: () => inSequence([without(nmtRemoved), { plain: spaced, placed: (text) => text.rewrite(spaced(text.text)) }]),
  ByteLevel: () => byteLevel,
  StripAccents: () => without(/\p{M}/gu),
  Lowercase: () => lowercase,
  Strip: ({ strip_left, strip_right }) => strip(Boolean(strip_left), Boolean(strip_right)),
  Prepend: ({ prepend }) => ({
    plain: (text) => (text === '' ? '' : String(prepend) + text),
    placed: (text) => text.prepend(String(prepend)),
  }),
  Replace: ({ pattern, content }) => replace(patternOf(pattern as Fields), String(content ?? '')),
  Sequence: ({ normalizers }, where) =>
    inSequence((normalizers as Fields[]).map((part, at) => stepOf(part, `${where}.normalizers.${at}`))),
};

function stepOf(part: Fields, where: string): Step {
  return rowOf(rows, part, where)(part, where);
}

/** The row of a part. @throws {InputError} for a type without one. */
export function rowOf<R>(rows: Readonly<Record<string, R>>, { type }: Fields, where: string): R {
  if (typeof type === 'string' && Object.hasOwn(rows, type)) return rows[type];
  const known = Object.keys(rows).join(', ');
  throw new InputError(`${where}: expected one of ${known}, got ${JSON.stringify(type)}`);
}

/** The normalizer of a checked `tokenizer.json`. @throws {InputError} when a table of SentencePiece is invalid. */
export const normalizerOf = (json: TokenizerJson, name: string): Step =>
  json.normalizer ? stepOf(json.normalizer as Fields, `${name}: normalizer`) : inSequence([]);

/** The pattern of a part: a text, or a regular expression of Oniguruma. */
export const patternOf = (pattern: Fields): RegExp =>
  typeof pattern.String === 'string'
    ? new RegExp(pattern.String.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gu')
    : compilePattern(String(pattern.Regex));

/** Replaces every match with `content`, word for word. */
export function replace(pattern: RegExp, content: string): Step {
  const literal = content.replaceAll('$', '$$$$');
  return { plain: (text) => text.replace(pattern, literal), placed: (text) => text.replace(pattern, content) };
}

/** Source: tokenizers 0.23 normalizers/unicode.rs (`do_nmt`). */
const nmtRemoved = /(?![\0\t\n\f\r\u0080-\u008e\u0090-\u009e])\p{Cc}/gu;
const nmtSpaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;
const spaced = (text: string): string => text.replace(nmtSpaces, ' ');

function strip(left: boolean, right: boolean): Step {
  const bounds = (text: string): [number, number] => {
    let end = text.length;
    while (right && end > 0 && whiteSpace.test(text[end - 1])) end--;
    let start = 0;
    while (left && start < end && whiteSpace.test(text[start])) start++;
    return [start, end];
  };
  return {
    plain: (text) => text.slice(...bounds(text)),
    placed: (text) => text.keep(...bounds(text.text)),
  };
}

const whiteSpace = /\p{White_Space}/u;
