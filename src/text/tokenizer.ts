import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../io/error.ts';
import { type TokenText, tokenTextReader } from './token-text.ts';
import type { TokenizerConfig, TokenizerJson } from './tokenizer-json.ts';
import { cachedEncoder } from './word-cache.ts';

export interface DecodeOptions {
  /** Leaves out `</s>`, `<pad>`, `[CLS]` and the like. Default false, as in Transformers. */
  skip_special_tokens?: boolean;
}

/** Text to token ids and back, as a `tokenizer.json` says. */
export interface Tokenizer {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Null when `tokenizer_config.json` names no such token. */
  readonly eosId: number | null;
  readonly padId: number | null;
  readonly unkId: number | null;
  /**
   * The ids of `text`, with the special tokens that the template adds. The empty text gives the special tokens alone.
   * @throws {InputError} when `text` is not a string.
   */
  encode(text: string): number[];
  /** The text of `ids`. @throws {InputError} when an id is outside the vocabulary. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The vocabulary's name of each id. @throws {InputError} when an id is outside the vocabulary. */
  tokens(ids: ArrayLike<number>): string[];
  /**
   * What each token of a sequence stands for, as text and as a label beside a figure.
   * @throws {InputError} when an id is outside the vocabulary.
   */
  tokenTexts(ids: ArrayLike<number>): TokenText[];
}

/**
 * Makes a tokenizer of the contents of `tokenizer.json` and `tokenizer_config.json`.
 *
 * Runs in Node and in the browser.
 * @throws {InputError} when the two are not a tokenizer.
 */
export function loadTokenizer(json: TokenizerJson, config: TokenizerConfig): Tokenizer {
  checkModel(json);
  const inner = construct(json, config);
  const encode = cachedEncoder(inner, config);
  const byId: string[] = [];
  for (const [token, id] of inner.get_vocab()) byId[id] = token;
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

/** No vocabulary is as large; the library would take memory for every id up to the highest. */
const mostIds = 2 ** 22;

const modelTypes = ['BPE', 'WordPiece', 'Unigram'];

/** The library takes any model and any id; a wrong one would show only in what a text becomes. */
function checkModel(json: TokenizerJson): void {
  const { type, vocab } = fieldsOf(fieldsOf(json).model);
  // Files of old have no type.
  if (type !== undefined && type !== null && !modelTypes.includes(String(type))) {
    throw new InputError(`tokenizer.json: expected a model of ${modelTypes.join(', ')}, got ${JSON.stringify(type)}`);
  }
  if (Object.keys(fieldsOf(vocab)).length === 0) {
    throw new InputError('tokenizer.json: expected a vocabulary, got none or an empty one');
  }
  // A unigram vocabulary is a list, whose places are the ids.
  const entries: [unknown, unknown][] = Array.isArray(vocab) ? [] : Object.entries(fieldsOf(vocab));
  const { added_tokens: added } = fieldsOf(json);
  if (Array.isArray(added)) for (const token of added) entries.push([fieldsOf(token).content, fieldsOf(token).id]);
  for (const [token, id] of entries) {
    if (Number.isInteger(id) && Number(id) >= 0 && Number(id) < mostIds) continue;
    const shown = typeof id === 'string' ? JSON.stringify(id) : String(id);
    throw new InputError(
      `tokenizer.json: an id must be an integer in [0, ${mostIds}), got ${shown}, at token ${JSON.stringify(token)}`,
    );
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function construct(json: TokenizerJson, config: TokenizerConfig): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`tokenizer.json: expected a tokenizer that can be run, got one that cannot (${reason})`);
  }
}

/** A special token is named by its text or by an object that holds it. */
function tokenContent(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isNamed = typeof value === 'object' && value !== null && 'content' in value;
  return isNamed && typeof value.content === 'string' ? value.content : null;
}

function missing(name: string, content: string): never {
  throw new InputError(`tokenizer_config.json: ${name} must be in the vocabulary of tokenizer.json, got "${content}"`);
}
