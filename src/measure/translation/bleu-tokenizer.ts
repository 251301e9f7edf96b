import { squeeze, trim } from '../text/whitespace.ts';

/** Substitutions made in order, each over the whole line. */
export type Rules = readonly (readonly [pattern: RegExp, replacement: string])[];

export const substitute = (line: string, rules: Rules): string =>
  rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);

/** mteval-v13a's rules for Western text. ASCII symbols except `'`, `,`, `-` and `.` become tokens. */
export const westernRules: Rules = [
  [/([{-~[-` -&(-+:-@/])/gu, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/gu, '$1 $2 '],
];

/** The four entities that mteval-v13a decodes. `&amp;lt;` becomes `<`, as there. */
export const entityRules: Rules = [
  [/&quot;/gu, '"'],
  [/&amp;/gu, '&'],
  [/&lt;/gu, '<'],
  [/&gt;/gu, '>'],
];

const joinRules: Rules = [
  [/<skipped>/gu, ''],
  [/-\n/gu, ''],
  [/\n/gu, ' '],
];

/** mteval-v14's rules: punctuation becomes a token except between digits, symbols always. Entities stay. */
const internationalRules: Rules = [
  [/(\P{N})(\p{P})/gu, '$1 $2 '],
  [/(\p{P})(\P{N})/gu, ' $1 $2'],
  [/(\p{S})/gu, ' $1 '],
];

/**
 * The characters that sacreBLEU 2.6 treats as Chinese. U+2001–U+2A6D (general punctuation, arrows, mathematics) is in
 * the list, and Extension B (U+20000–U+2A6D6) is not, because sacreBLEU's row for Extension B is read as four digits;
 * equal scores need both.
 */
const chineseRules: Rules = [
  [
    new RegExp(
      '([\\u2001-\\u2a6d\\u2e80-\\u2fdf\\u2ff0-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf\\u31c0-\\u31ef\\u3200-\\u4db5' +
        '\\u4e00-\\u9fbb\\uf900-\\ufa2d\\ufa30-\\ufa6a\\ufa70-\\ufad9\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef])',
      'gu',
    ),
    ' $1 ',
  ],
];

/**
 * BLEU's tokenizers by sacreBLEU's names. Each takes a line without trailing white space and returns its tokens,
 * separated by white space.
 *
 * - `13a`: mteval-v13a, for Western languages; sacreBLEU's default.
 * - `intl`: mteval-v14 international, by Unicode categories.
 * - `char`: every code point is a token; the usual choice for Korean and Japanese without a morphological analyser.
 * - `zh`: Chinese characters one by one, the rest as 13a.
 * - `none`: the text is already tokenised.
 *
 * Source: sacreBLEU 2.6 (Post 2018), mteval-v13a.pl and mteval-v14.pl (NIST, Moses).
 */
export const bleuTokenizers = {
  '13a': (line) => squeeze(substitute(` ${substitute(line, [...joinRules, ...entityRules])} `, westernRules)),
  intl: (line) => squeeze(substitute(line, internationalRules)),
  char: (line) => Array.from(line).join(' '),
  zh: (line) => squeeze(substitute(substitute(trim(line), chineseRules), westernRules)),
  none: (line) => line,
} satisfies Record<string, (line: string) => string>;

export type BleuTokenizer = keyof typeof bleuTokenizers;
