import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { checkLanguage } from '../../text/encode/language.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { tokenizerConfigFile } from './tokenizer-file.ts';
import { keptTokenizers, type Tokenizers, type TrainingTokenizers } from './tokenizer-folder.ts';

/** The languages of texts, for a tokenizer whose texts name theirs, by the names of transformers.js. */
export interface LanguageOptions {
  /** The language of the texts that are read, such as `ko_KR`. Default: `src_lang` of `tokenizer_config.json`. */
  readonly src_lang?: string | undefined;
  /** The language of the texts that are written. Default: `tgt_lang` of `tokenizer_config.json`. */
  readonly tgt_lang?: string | undefined;
}

/** The names of {@link LanguageOptions}. */
export const languageNames = ['src_lang', 'tgt_lang'] as const;

/** The name of an option in errors. */
export type LanguageNames = (option: (typeof languageNames)[number]) => string;

function inOne(tokenizer: Tokenizer, where: string, code: string | undefined): Tokenizer {
  if (code === undefined) return tokenizer;
  const { languages } = tokenizer;
  if (languages.length === 0)
    throw new InputError(`${where}: not used by a model whose texts name no language; remove it`);
  checkLanguage(where, code, languages);
  return tokenizer.inLanguage(code);
}

/**
 * Tokenizers in the languages of a call or a recipe.
 *
 * @param nameOf names an option in errors.
 * @throws {InputError} for an unknown language, or where texts name no language.
 */
export function inLanguages(
  { source, target }: Tokenizers,
  { src_lang, tgt_lang }: LanguageOptions,
  nameOf: LanguageNames,
): Tokenizers {
  const own = inOne(source, nameOf('src_lang'), src_lang);
  // One tokenizer for both sides says that the language of the target is unknown.
  return { source: own, target: inOne(target === source ? own : target, nameOf('tgt_lang'), tgt_lang) };
}

/**
 * The tokenizers that a run keeps, in the languages of its recipe: `tokenizer_config.json` then names them, so the finished
 * model uses them.
 *
 * @throws {InputError} as {@link keptTokenizers} and {@link inLanguages}.
 */
export async function keptInLanguages(
  folder: Folder,
  { src_lang, tgt_lang }: LanguageOptions,
  nameOf: LanguageNames,
): Promise<TrainingTokenizers> {
  const kept = await keptTokenizers(folder);
  if (src_lang === undefined && tgt_lang === undefined) return kept;
  const spoken = inLanguages(kept, { src_lang, tgt_lang }, nameOf);
  const file = tokenizerConfigFile;
  const known = (await folder.has(file)) ? parseJson(await readText(folder, file), fileIn(folder, file)) : {};
  const config = { ...Object(known), ...(src_lang && { src_lang }), ...(tgt_lang && { tgt_lang }) };
  return { ...kept, ...spoken, files: { ...kept.files, [file]: `${JSON.stringify(config, null, 2)}\n` } };
}
