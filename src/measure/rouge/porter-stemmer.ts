/** Replaces `suffix` by `replacement` if the stem before it meets the condition. */
type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** Exceptions to the rules, and their stems. */
const irregular: ReadonlyMap<string, string> = new Map(
  Object.entries({
    sky: ['sky', 'skies'],
    die: ['dying'],
    lie: ['lying'],
    tie: ['tying'],
    inning: ['inning', 'innings'],
    outing: ['outing', 'outings'],
    canning: ['canning', 'cannings'],
    ...Object.fromEntries(['news', 'howe', 'proceed', 'exceed', 'succeed'].map((word) => [word, [word]])),
  }).flatMap(([stem, words]) => words.map((word) => [word, stem])),
);

/** `v` for every vowel, `c` for every consonant; `y` is a consonant at the start and after a vowel. */
function letterClasses(word: string): string {
  let classes = '';
  for (const letter of word) {
    const isVowel = 'aeiou'.includes(letter) || (letter === 'y' && classes.endsWith('c'));
    classes += isVowel ? 'v' : 'c';
  }
  return classes;
}

/** Porter's m: how often a consonant follows a vowel. */
const measure = (stem: string): number => letterClasses(stem).split('vc').length - 1;
const isLong = (stem: string): boolean => measure(stem) > 0;
const isLonger = (stem: string): boolean => measure(stem) > 1;
const hasVowel = (stem: string): boolean => letterClasses(stem).includes('v');

/** Consonant, vowel, consonant at the end (`hop`), the last not w, x or y; or vowel, consonant alone (`us`). */
function isShortSyllable(stem: string): boolean {
  const classes = letterClasses(stem);
  return classes === 'vc' || (classes.endsWith('cvc') && !/[wxy]$/.test(stem));
}

/** Applies the first rule whose suffix the word has, and no other, even if its condition fails. */
function applyFirst(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (rule === undefined) return word;
  const [suffix, replacement, condition] = rule;
  const stem = word.slice(0, word.length - suffix.length);
  return condition === undefined || condition(stem) ? stem + replacement : word;
}

const all = (condition: (stem: string) => boolean, pairs: readonly (readonly [string, string])[]): readonly Rule[] =>
  pairs.map(([suffix, replacement]): Rule => [suffix, replacement, condition]);

const plurals: readonly Rule[] = [
  ['sses', 'ss'],
  ['ies', 'i'],
  ['ss', 'ss'],
  ['s', ''],
];

/** Corrections of step 1b after it removed `ed` or `ing`. */
const corrections: readonly Rule[] = [
  ['at', 'ate'],
  ['bl', 'ble'],
  ['iz', 'ize'],
];

/** Matches `y` after a consonant that does not start the word. */
const step1c: readonly Rule[] = [['y', 'i', (stem) => stem.length > 1 && letterClasses(stem).endsWith('c')]];

const step2: readonly Rule[] = [
  ...all(isLong, [
    ['ational', 'ate'],
    ['tional', 'tion'],
    ['enci', 'ence'],
    ['anci', 'ance'],
    ['izer', 'ize'],
    ['bli', 'ble'],
    ['alli', 'al'],
    ['entli', 'ent'],
    ['eli', 'e'],
    ['ousli', 'ous'],
    ['ization', 'ize'],
    ['ation', 'ate'],
    ['ator', 'ate'],
    ['alism', 'al'],
    ['iveness', 'ive'],
    ['fulness', 'ful'],
    ['ousness', 'ous'],
    ['aliti', 'al'],
    ['iviti', 'ive'],
    ['biliti', 'ble'],
    ['fulli', 'ful'],
  ]),
  ['logi', 'log', (stem) => isLong(`${stem}l`)],
];

const step3 = all(isLong, [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
]);

const removed = 'al ance ence er ic able ible ant ement ment ent ou ism ate iti ous ive ize'.split(' ');
const step4: readonly Rule[] = [
  ...removed.map((suffix): Rule => [suffix, '', isLonger]),
  ['ion', '', (stem) => isLonger(stem) && /[st]$/.test(stem)],
];

const step5: readonly Rule[] = [['e', '', (stem) => isLonger(stem) || (isLong(stem) && !isShortSyllable(stem))]];
const step5b: readonly Rule[] = [['ll', 'l', (stem) => isLonger(`${stem}l`)]];

/**
 * Stem of an English word in lower case; other scripts pass unchanged.
 *
 * It differs from Porter's paper as NLTK does, whose stemmer google-research's ROUGE uses: irregular words, `ied` and
 * `ies` of short words (`dies` is `die`), `y` after a consonant only (`today`), `alli` before other endings, `bli`,
 * `fulli` and `logi`, words of two letters unchanged.
 *
 * Source: Porter 1980; NLTK 3.8, `PorterStemmer` in its mode `NLTK_EXTENSIONS`.
 */
export function porterStem(word: string): string {
  if (word.length <= 2) return word;
  const known = irregular.get(word);
  if (known !== undefined) return known;
  const singular = word.length === 4 && word.endsWith('ies') ? word.slice(0, -1) : applyFirst(word, plurals);
  const steps = [step1c, step2, step3, step4, step5, step5b];
  return steps.reduce((stem, rules) => applyStep(stem, rules), withoutTense(singular));
}

/** Step 2 first replaces `alli` by `al`, then applies again. */
function applyStep(word: string, rules: readonly Rule[]): string {
  const isTwofold = rules === step2 && word.endsWith('alli') && isLong(word.slice(0, -4));
  return applyFirst(isTwofold ? word.slice(0, -2) : word, rules);
}

/** Step 1b: `eed`, `ed` and `ing`. */
function withoutTense(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return applyFirst(word, [['eed', 'ee', isLong]]);
  const stem = word.replace(/(ed|ing)$/, '');
  if (stem === word || !hasVowel(stem)) return word;
  if (corrections.some(([suffix]) => stem.endsWith(suffix))) return applyFirst(stem, corrections);
  if (/(.)\1$/u.test(stem) && letterClasses(stem).endsWith('c')) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && isShortSyllable(stem) ? `${stem}e` : stem;
}
