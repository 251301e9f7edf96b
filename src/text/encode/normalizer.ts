import type { TokenizerJson } from '../tokenizer-json.ts';
import { compilePattern } from '../tokenizer-pattern.ts';
import { type BertNormalizerSettings, bertNormalizer, lowercase, without } from './bert-normalizer.ts';
import { precompiled } from './precompiled.ts';
import { inSequence, type Step } from './step.ts';
import { unicodeForm } from './unicode-form.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The steps of a checked `normalizer`, by type. Source: tokenizers 0.23 normalizers/. */
const rows: Readonly<Record<string, (part: Fields, where: string) => Step>> = {
  BertNormalizer: (part) => bertNormalizer(part as BertNormalizerSettings),
  Precompiled: ({ precompiled_charsmap }, where) => precompiled(precompiled_charsmap, `${where}.precompiled_charsmap`),
  NFC: () => unicodeForm('NFC'),
  NFD: () => unicodeForm('NFD'),
  NFKC: () => unicodeForm('NFKC'),
  NFKD: () => unicodeForm('NFKD'),
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
  return rows[String(part.type)](part, where);
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
export const replace = (pattern: RegExp, content: string): Step => ({
  plain: (text) => text.replace(pattern, () => content),
  placed: (text) => text.replace(pattern, content),
});

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
