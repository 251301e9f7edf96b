import { squeeze } from '../text/whitespace.ts';
import { entityRules, substitute, westernRules } from './bleu-tokenizer.ts';

export interface TercomOptions {
  /** Separates punctuation and possessives, decodes entities. Default false. */
  readonly normalized?: boolean | undefined;
  /** Removes `. , ? : ; ! " ( )`. Default false. */
  readonly noPunct?: boolean | undefined;
  /** With `normalized`, separates CJK characters one by one; with `noPunct`, removes CJK punctuation. Default false. */
  readonly asianSupport?: boolean | undefined;
  /** Keeps case. Default false: TER ignores case. */
  readonly caseSensitive?: boolean | undefined;
}

const asianPunctuation = /([\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb])/gu;
const fullWidthPunctuation = /([\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09])/gu;

const [symbols, ...pointsAndDashes] = westernRules;

/** Steps in order, each with the options that enable it. */
const steps = [
  {
    isOn: ({ normalized }) => normalized,
    rules: [
      [/\n-/gu, ''],
      [/\n/gu, ' '],
      ...entityRules,
      [/^|$/gu, ' '],
      symbols,
      [/'s /gu, " 's "],
      ...pointsAndDashes,
    ],
  },
  {
    isOn: ({ normalized, asianSupport }) => normalized && asianSupport,
    rules: [
      [/([\u4e00-\u9fff\u3400-\u4dbf])/gu, ' $1 '],
      [/([\u31c0-\u31ef\u2e80-\u2eff])/gu, ' $1 '],
      [/([\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f])/gu, ' $1 '],
      // sacreBLEU ends this block at U+3F22 where U+32FF is meant
      [/([\u3200-\u3f22])/gu, ' $1 '],
      [asianPunctuation, ' $1 '],
      [fullWidthPunctuation, ' $1 '],
    ],
  },
  { isOn: ({ noPunct }) => noPunct, rules: [[/[.,?:;!"()]/gu, '']] },
  {
    isOn: ({ noPunct, asianSupport }) => noPunct && asianSupport,
    rules: [
      [asianPunctuation, ''],
      [fullWidthPunctuation, ''],
    ],
  },
] satisfies {
  isOn: (options: Required<TercomOptions>) => boolean;
  rules: (readonly [RegExp, string])[];
}[];

/**
 * Tercom's tokenizer as in sacreBLEU 2.6; returns tokens separated by one space.
 *
 * Source: Snover et al. 2006, `Normalizer.java` of Tercom; Post 2018 (sacreBLEU 2.6).
 */
export function tercomTokenize(line: string, options: Required<TercomOptions>): string {
  const text = options.caseSensitive ? line : line.toLowerCase();
  return squeeze(steps.reduce((done, { isOn, rules }) => (isOn(options) ? substitute(done, rules) : done), text));
}
