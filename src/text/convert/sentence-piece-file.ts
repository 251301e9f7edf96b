import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type ConvertedTokenizer, TokenIds } from './assemble.ts';
import {
  type ClassInput,
  normalizerOf,
  type SentencePieceClass,
  sentencePieceSettings,
} from './sentence-piece-class.ts';
import { PIECE, readSentencePieceModel } from './sentence-piece-model.ts';
import { metaspace, modelOf, type PrependScheme, scored } from './sentence-piece-part.ts';
import type { SlowFiles } from './slow-file.ts';
import { readNamedTokens, specialToken } from './special-token.ts';
import { type SideLanguages, sideLanguages } from './template-language.ts';

/** The tokenizers of a folder. `target` is that of the output's texts, where it differs. */
export interface ConvertedTokenizers {
  readonly source: ConvertedTokenizer;
  readonly target?: ConvertedTokenizer;
  /** The languages of both sides, where texts name them; both sides then have one tokenizer. */
  readonly languages?: SideLanguages;
}

/** The language of texts where nothing says another, as in Transformers. */
const usualLanguage = 'en_XX';

/**
 * Makes a tokenizer from a SentencePiece model, by the rules of its class.
 *
 * mBART's template ends or begins with the language of the text, here that of inputs.
 * @throws {InputError} when the file is not such a model, or the settings do not fit.
 */
export async function convertSentencePiece(files: SlowFiles, row: SentencePieceClass): Promise<ConvertedTokenizers> {
  const where = files.path('tokenizer_config.json');
  const config = check(sentencePieceSettings, files.config, where);
  const file = files.path(row.file);
  const model = readSentencePieceModel(await files.bytes(row.file), file);
  const named = readNamedTokens(files, row.roles);
  const input: ClassInput = { model, config, named, where };
  if (config.add_prefix_space === false && !row.readsPrefix) {
    throw new InputError(`${where}: add_prefix_space: expected true for this class, got false`);
  }
  const pieces = row.vocabulary?.(input) ?? model.pieces.map(scored);
  const ids = new TokenIds(new Map(pieces.map(([piece], id) => [piece, id])), named, file);
  for (const { piece, type } of model.pieces) {
    if (type === PIECE.control || type === PIECE.userDefined) {
      const isIn = ids.idOf(piece) !== undefined;
      if (isIn) ids.add(specialToken(piece, { special: type === PIECE.control }));
    }
  }
  for (const token of row.added?.(input) ?? []) ids.add(token);
  const isPrefixed = config.add_prefix_space ?? true;
  const isFirstOnly = row.readsPrefix && config.legacy === false;
  const scheme: PrependScheme = !isPrefixed ? 'never' : isFirstOnly ? 'first' : 'always';
  const parts = {
    model: modelOf(model, pieces, {
      unkId: row.unkId?.(input) ?? model.unkId,
      byteFallback: row.byteFallback ?? false,
    }),
    normalizer: normalizerOf(row, input),
    pre_tokenizer: row.pre_tokenizer ? row.pre_tokenizer(scheme, input) : metaspace(scheme),
    decoder: row.decoder?.(scheme) ?? metaspace(scheme),
  };
  const languages = row.languages && sideLanguages(files.config, where, row.languages);
  const post_processor = row.template(ids, input, languages && (languages.source.own ?? usualLanguage));
  return { source: ids.assemble({ ...parts, post_processor }, files.config), ...(languages && { languages }) };
}
