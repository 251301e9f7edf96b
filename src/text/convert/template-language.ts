import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { TokenizerConfig, TokenizerJson } from '../tokenizer-json.ts';
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

const piece = z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() });
const templated = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string() })),
  post_processor: z.looseObject({
    single: z.array(piece),
    pair: z.array(piece),
    special_tokens: z.record(z.string(), z.unknown()),
  }),
});

type Templated = z.output<typeof templated>;

/** The same tokenizer with another language in its template. @throws {InputError} when it does not know the language. */
function inLanguage(json: Templated, from: string, to: string, where: string): TokenizerJson {
  const found = json.added_tokens.find(({ content }) => content === to);
  if (!found) throw new InputError(`${where}: expected the language ${to} among its added tokens, got none`);
  const renamed = (pieces: Templated['post_processor']['single']) =>
    pieces.map((one) =>
      one.SpecialToken?.id === from ? { ...one, SpecialToken: { ...one.SpecialToken, id: to } } : one,
    );
  const { single, pair, special_tokens } = json.post_processor;
  const others = Object.entries(special_tokens).filter(([name]) => name !== from);
  return {
    ...json,
    post_processor: {
      ...json.post_processor,
      single: renamed(single),
      pair: renamed(pair),
      special_tokens: { ...Object.fromEntries(others), [to]: { id: to, ids: [found.id], tokens: [to] } },
    },
  };
}

/**
 * The tokenizers of a `tokenizer.json` whose texts name their language: `src_lang` of `tokenizer_config.json` for inputs,
 * `tgt_lang` for outputs. Undefined for other classes.
 *
 * @throws {InputError} when the template has no language, or a language is not one of the class.
 */
export function languageTokenizers(
  json: TokenizerJson,
  config: TokenizerConfig,
  { file, configFile }: { readonly file: string; readonly configFile: string },
): { readonly source: TokenizerJson; readonly target?: TokenizerJson } | undefined {
  const { tokenizer_class, src_lang, tgt_lang } = check(settings, config, configFile);
  const languages = languagesOf[tokenizer_class?.replace(/Fast$/, '') ?? ''];
  if (!languages) return undefined;
  for (const [field, language] of Object.entries({ src_lang, tgt_lang })) {
    if (typeof language !== 'string' || languages.includes(language)) continue;
    throw new InputError(`${configFile}: ${field}: expected one of ${languages.join(', ')}, got "${language}"`);
  }
  const parsed = check(templated, json, file);
  const current = Object.keys(parsed.post_processor.special_tokens).find((name) => languages.includes(name));
  if (current === undefined) {
    throw new InputError(`${file}: expected a post_processor with a language such as en_XX, got none`);
  }
  const source = src_lang ? inLanguage(parsed, current, src_lang, file) : json;
  return tgt_lang ? { source, target: inLanguage(parsed, current, tgt_lang, file) } : { source };
}
