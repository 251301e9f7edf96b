import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../io/error.ts';
import { checkModel, type ModelType } from './check/model.ts';
import { addedAround, checkParts } from './check/part.ts';
import { withLinearPatterns } from './check/pattern.ts';
import { unigramEncoder } from './encode/unigram.ts';
import { cachedEncoder } from './encode/word-cache.ts';
import { wordPieceEncoder } from './encode/word-piece.ts';
import { type TokenText, tokenTextReader } from './token-text.ts';
import type { TokenizerConfig, TokenizerJson } from './tokenizer-json.ts';

export interface DecodeOptions {
  /** Leaves out `</s>`, `<pad>`, `[CLS]` and other special tokens. Default false, as in Transformers. */
  skip_special_tokens?: boolean | undefined;
}

/** How `loadTokenizer` reads a `tokenizer.json`. */
export interface TokenizerLoadOptions {
  /**
   * Also allows regular expressions that may not run in linear time. A text of thirty characters can keep such an
   * expression busy forever, so allow them only in a file that you trust. Default false.
   */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /** The file's name in errors. Default `tokenizer.json`. */
  readonly name?: string | undefined;
}

/** Converts text to token ids and back, as a `tokenizer.json` describes. */
export interface Tokenizer {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Null when `tokenizer_config.json` names no such token. */
  readonly eosId: number | null;
  readonly padId: number | null;
  readonly unkId: number | null;
  /**
   * The ids of `text`, with the special tokens of the template. An empty text gives only the special tokens.
   * @throws {InputError} when `text` is not a string.
   */
  encode(text: string): number[];
  /** The text of `ids`. @throws {InputError} when an id is outside the vocabulary. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The vocabulary's name of each id. @throws {InputError} when an id is outside the vocabulary. */
  tokens(ids: ArrayLike<number>): string[];
  /**
   * The meaning of each token in a sequence, as text and as a label for figures.
   * @throws {InputError} when an id is outside the vocabulary.
   */
  tokenTexts(ids: ArrayLike<number>): TokenText[];
}

/**
 * Creates a tokenizer from the contents of `tokenizer.json` and `tokenizer_config.json`.
 *
 * Runs in Node and in the browser.
 * @throws {InputError} when the contents are not a tokenizer, or when a regular expression of `tokenizer.json` may need
 *   more than linear time and `allow_unsafe_patterns` is not set.
 */
export function loadTokenizer(
  json: TokenizerJson,
  config: TokenizerConfig,
  { allow_unsafe_patterns = false, name = 'tokenizer.json' }: TokenizerLoadOptions = {},
): Tokenizer {
  const kind = checkModel(json, name);
  checkParts(json, { name, allow_unsafe_patterns });
  const inner = construct(json, config, { name, kind });
  for (const token of addedAround(json)) {
    if (inner.token_to_id(token) !== undefined) continue;
    throw new InputError(`${name}: post_processor: expected a token of the vocabulary, got ${JSON.stringify(token)}`);
  }
  const encode = cachedEncoder(inner, config);
  const ids: ReadonlyMap<string, number> = inner.model.tokens_to_ids;
  const byId: string[] = [];
  // Not `get_vocab`, which visits every id up to the highest.
  for (const [token, id] of ids) byId[id] = token;
  const special = (name: string): number | null => {
    const content = tokenContent(config[name]);
    return content === null ? null : (inner.token_to_id(content) ?? missing(name, content));
  };
  const tokens = (ids: ArrayLike<number>): string[] =>
    Array.from(ids, (id, at) => {
      const token = byId[id];
      if (token !== undefined) return token;
      throw new InputError(`tokenizer: an id must be an integer in [0, ${byId.length}), got ${id}, at position ${at}`);
    });
  const added = new Set([...inner.get_added_tokens_decoder().values()].map(({ content }) => content));
  const textsOf = tokenTextReader(json, (token) => added.has(token));
  return {
    vocabSize: byId.length,
    eosId: special('eos_token'),
    padId: special('pad_token'),
    unkId: special('unk_token'),
    tokens,
    tokenTexts: (ids) => textsOf(tokens(ids)),
    encode(text) {
      if (typeof text !== 'string') throw new InputError(`tokenizer: expected a text, got ${typeof text}`);
      return encode(text);
    },
    decode(ids, { skip_special_tokens = false } = {}) {
      tokens(ids);
      return ids.length === 0 ? '' : inner.decode(Array.from(ids), { skip_special_tokens });
    },
  };
}

function construct(
  json: TokenizerJson,
  config: TokenizerConfig,
  { name, kind }: { readonly name: string; readonly kind: ModelType | undefined },
): HuggingFaceTokenizer {
  try {
    const inner = new HuggingFaceTokenizer(withLinearPatterns(json), config);
    const { model } = inner;
    if (kind === 'WordPiece') model.encode = wordPieceEncoder(model);
    if (kind === 'Unigram') model.encode = unigramEncoder(model);
    return inner;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${name}: the tokenizer cannot be run (${reason})`);
  }
}

/** A special token is given by its text or by an object that contains it. */
function tokenContent(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isNamed = typeof value === 'object' && value !== null && 'content' in value;
  return isNamed && typeof value.content === 'string' ? value.content : null;
}

function missing(name: string, content: string): never {
  throw new InputError(`tokenizer_config.json: ${name} must be in the vocabulary of tokenizer.json, got "${content}"`);
}
