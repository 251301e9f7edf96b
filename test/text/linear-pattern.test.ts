import { describe, expect, it } from 'vitest';
import { patternSteps } from '../../src/text/check/linear-pattern.ts';
import { compilePattern } from '../../src/text/check/pattern.ts';
import { TOKENIZER_KINDS } from '../../src/text/tokenizer-kind.ts';

const translated = (regex: string): string => compilePattern(regex).source;

const cased = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const before = '[^\\r\\n\\p{L}\\p{N}]?';
const contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const blanks = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** Patterns of published tokenizers, as their files spell them. */
const published: readonly (readonly [string, string])[] = [
  ['GPT-2', "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
  ['cl100k, Llama 3', `${contraction}|${before}\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${blanks}`],
  ['Qwen 2', `${contraction}|${before}\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${blanks}`],
  [
    'o200k',
    `${before}${cased}*${lower}+${contraction}?|${before}${cased}+${lower}*${contraction}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${blanks}`,
  ],
  [
    'Tekken',
    `${before}${cased}*${lower}+|${before}${cased}+${lower}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${blanks}`,
  ],
  ['DeepSeek V3', '[一-龥\u3040-ゟ゠-ヿ]+'],
  [
    'DeepSeek V3',
    `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${blanks}`,
  ],
  ['DeepSeek Coder', '\\s?\\p{L}+'],
  ['BLOOM', ' ?[^(\\s|[.,!?…。，、।۔،])]+'],
  ['CLIP', "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"],
  ['Falcon', '[0-9][0-9][0-9]'],
  ['T5, XLM-R', ' {2,}'],
  ['CLIP', '\\s+'],
  [
    'BailingMoE',
    `'(?i:[sdmt]|ll|ve|re)|${before}+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+`,
  ],
];

const own = Object.values(TOKENIZER_KINDS).flatMap(({ pre_tokenizer }) =>
  [...JSON.stringify(pre_tokenizer).matchAll(/"Regex":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text)),
);

/** Texts on which a pattern that backtracks over a run has the most to do. */
const runs = ['a', 'A', '1', ' ', '\n', '.', '한', 'ˇ', ' \n', 'aA', "'", '▁', '▁.', 'é\u0301'].flatMap((unit) =>
  ['', 'x', ' ', '\n', '!', '\u{1F600}'].map((end) => `${unit.repeat(100_000 / unit.length)}${end}`),
);

describe('a pattern that runs in linear time', () => {
  it.each(published)('is that of %s', (_, regex) => {
    expect(patternSteps(translated(regex))).toBeTypeOf('number');
  });

  it.each([...published.map(([, regex]) => regex), ...own])('ends on 100,000 characters of any kind: %s', (regex) => {
    const pattern = new RegExp(translated(regex), 'gu');
    // A quadratic one takes seconds for each of these, and the test's time is out.
    for (const text of runs) expect(text.match(pattern)?.length ?? 0).toBeLessThanOrEqual(text.length);
  });

  it.each([
    ['(\\w+)+$', 'expected no unbounded quantifier inside a group or a lookaround, got "['],
    ['(?:a|aa)*b', 'expected no group with an unbounded quantifier, got "(?:a|aa)*"'],
    ['a*b|a', 'expected the part after "a*" to always match, or a later "a+" that matches what it read'],
    ['\\s+$', 'expected the part after "\\p{White_Space}+" to always match'],
    ['a*?b', 'expected the part after "a*?" to always match'],
    ['a+b+c', 'expected the part after "a+" to always match'],
    ['a+b+c|a+', 'expected the part after "b+" to always match'],
    ['a*b|c|a+', 'expected the part after "a*" to always match'],
    ['(?=a+b)a', 'expected no unbounded quantifier inside a group or a lookaround, got "a+"'],
    ['(a)\\1', 'expected no back reference, got "\\1"'],
    ['(?:a?){30}a{30}', 'steps per character'],
    ['a{0,60}a{0,60}a{0,60}b', 'steps per character'],
  ])('is not %s', (regex, reason) => {
    expect(patternSteps(translated(regex))).toContain(reason);
  });
});
