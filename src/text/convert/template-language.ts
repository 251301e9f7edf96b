import * as z from 'zod';
import { check } from '../../io/check.ts';
import { checkLanguage, type TextLanguages } from '../encode/language.ts';
import type { TokenizerConfig } from '../tokenizer-json.ts';
import { languageCodes, moreLanguageCodes } from './language-code.ts';

/** The languages of the classes whose template has the language of a text. */
const languagesOf: Readonly<Record<string, readonly string[]>> = {
  MBartTokenizer: languageCodes,
  MBart50Tokenizer: [...languageCodes, ...moreLanguageCodes],
};

const settings = z.looseObject({
  tokenizer_class: z.string().nullish(),
  src_lang: z.string().nullish(),
  tgt_lang: z.string().nullish(),
});

/** The languages of the texts of both sides. */
export interface SideLanguages {
  readonly source: TextLanguages;
  /** Undefined where nothing says the language of outputs. */
  readonly target: TextLanguages | undefined;
}

/**
 * The languages of a folder's texts: `src_lang` of `tokenizer_config.json` for inputs, `tgt_lang` for outputs. Undefined
 * for classes whose texts name none.
 *
 * @param codes those of the class; by default the class that `tokenizer_config.json` names.
 * @throws {InputError} when a language is not one of the class.
 */
export function sideLanguages(
  config: TokenizerConfig,
  where: string,
  codes?: readonly string[],
): SideLanguages | undefined {
  const { tokenizer_class, src_lang, tgt_lang } = check(settings, config, where);
  const known = codes ?? languagesOf[tokenizer_class?.replace(/Fast$/, '') ?? ''];
  if (!known) return undefined;
  const of = (field: string, language: string | null | undefined): TextLanguages => {
    if (typeof language === 'string') checkLanguage(`${where}: ${field}`, language, known);
    return { codes: known, own: language ?? undefined };
  };
  const source = of('src_lang', src_lang);
  return { source, target: typeof tgt_lang === 'string' ? of('tgt_lang', tgt_lang) : undefined };
}
