import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { Piece, Template } from './template.ts';

/** The languages that the texts of a tokenizer can name in its template. */
export interface TextLanguages {
  /** Their codes, such as `ko_KR`; each is a token of the vocabulary. */
  readonly codes: readonly string[];
  /** The language of the texts; undefined for that of the template. */
  readonly own?: string | undefined;
}

/** What a code in another form means: `ko` and `ko_kr` are `ko_KR`. */
function meant(code: unknown, codes: readonly string[]): string {
  if (typeof code !== 'string') return '';
  const alike = codes.find((known) => known.slice(0, 2) === code.slice(0, 2).toLowerCase());
  return alike ? `; did you mean "${alike}"?` : didYouMean(code, codes);
}

/** @throws {InputError} for a language that is not among the codes; the message lists them and suggests one. */
export function checkLanguage(where: string, code: unknown, codes: readonly string[]): asserts code is string {
  if (typeof code === 'string' && codes.includes(code)) return;
  throw new InputError(
    `${where}: expected one of ${codes.join(', ')}, got ${JSON.stringify(code)}${meant(code, codes)}`,
  );
}

/** What languages are in a tokenizer. */
interface SpokenLanguages {
  readonly codes: readonly string[];
  readonly idOf: (token: string) => number | undefined;
  /** The file, for errors. */
  readonly name: string;
}

/**
 * A template whose texts are in a language, by default in its own.
 *
 * @throws {InputError} when it names no language, or for one that is unknown or not in the vocabulary.
 */
export function templateIn(
  template: Template,
  code: string | undefined,
  { codes, idOf, name }: SpokenLanguages,
): Template {
  if (code !== undefined) checkLanguage(`${name}: language`, code, codes);
  const tokens = template.single.flatMap((piece) => ('ids' in piece ? piece.tokens : []));
  const own = tokens.find((token) => codes.includes(token));
  if (own === undefined) {
    throw new InputError(`${name}: expected a post_processor with a language such as ${codes[0]}, got none`);
  }
  if (code === undefined) return template;
  const id = idOf(code);
  if (id === undefined) throw new InputError(`${name}: expected the language ${code} among its tokens, got none`);
  const changed = (piece: Piece): Piece =>
    'ids' in piece && piece.tokens.includes(own) ? { ...piece, tokens: [code], ids: [id] } : piece;
  return { ...template, single: template.single.map(changed), pair: template.pair?.map(changed) };
}
