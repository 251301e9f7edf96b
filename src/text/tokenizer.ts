import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../io/error.ts';
import { checkModel, type ModelType } from './check/model.ts';
import { checkParts } from './check/part.ts';
import { withLinearPatterns } from './check/pattern.ts';
import { type EncodingOptions, encoder, noRoom } from './encode/encoder.ts';
import type { Encoding } from './encode/encoding.ts';
import { type TextLanguages, templateIn } from './encode/language.ts';
import type { Model } from './encode/model-piece.ts';
import { type PaddingOptions, padder } from './encode/padding.ts';
import { pipelineOf } from './encode/pipeline.ts';
import { templateOf } from './encode/post-processor.ts';
import { addedTokens, frameOf, hasTypeIds, type Template } from './encode/template.ts';
import { tokenizerSettings } from './encode/tokenizer-setting.ts';
import { joinsBlanks } from './token-spelling.ts';
import { type TokenText, tokenTextReader } from './token-text.ts';
import type { TokenizerConfig, TokenizerJson } from './tokenizer-json.ts';

export interface DecodeOptions {
  /** Leaves out `</s>`, `<pad>`, `[CLS]` and other special tokens. Default false, as in Transformers. */
  skip_special_tokens?: boolean | undefined;
}

/** The fields of `tokenizer_config.json` that name special tokens. */
export type SpecialTokenName = `${'bos' | 'cls' | 'eos' | 'mask' | 'pad' | 'sep' | 'unk'}_token`;

/** How `loadTokenizer` reads a `tokenizer.json`. */
export interface TokenizerLoadOptions {
  /**
   * Also allows regular expressions that may not run in linear time. A text of thirty characters can keep such an
   * expression busy forever, so allow them only in a file that you trust. Default false.
   */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /** The file's name in errors. Default `tokenizer.json`. */
  readonly name?: string | undefined;
  /** The languages that its texts can name, and theirs; from `readTokenizer`. */
  readonly languages?: TextLanguages | undefined;
}

/** Converts text to token ids and back, as a `tokenizer.json` describes. */
export interface Tokenizer {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Null when `tokenizer_config.json` names no such token. */
  readonly eosId: number | null;
  readonly padId: number | null;
  readonly unkId: number | null;
  readonly bosId: number | null;
  readonly clsId: number | null;
  readonly sepId: number | null;
  readonly maskId: number | null;
  /** The longest sequence that the model can read, in tokens; null when `tokenizer_config.json` sets no limit. */
  readonly modelMaxLength: number | null;
  /** The names of the model's inputs, `model_input_names` of `tokenizer_config.json`; null when it does not name them. */
  readonly modelInputNames: readonly string[] | null;
  /** What `tokenizer.json` says without effect here, one sentence each. */
  readonly notes: readonly string[];
  /** Whether the template tells the texts of a pair apart by type ids. */
  readonly usesTypeIds: boolean;
  /** Whether a word's first token holds the blank before it, while the first word of a text has none. */
  readonly joinsBlanks: boolean;
  /** The number of special tokens added to a text and to a pair; null where the template has no form for pairs. */
  readonly specialTokensToAdd: { readonly single: number; readonly pair: number | null };
  /** The codes of the languages that its texts can name, such as `ko_KR`; empty if they name none. */
  readonly languages: readonly string[];
  /**
   * The same tokenizer for texts in another language.
   * @throws {InputError} when the language is not one of `languages`.
   */
  inLanguage(code: string): Tokenizer;
  /** The id of a special token. @throws {InputError} when `tokenizer_config.json` names no such token. */
  specialTokenId(name: SpecialTokenName): number;
  /**
   * The ids of `text`, with the special tokens of the template. An empty text gives only the special tokens.
   * @throws {InputError} when `text` is not a string.
   */
  encode(text: string): number[];
  /**
   * The ids that `encode` returned, at most `max_length` of them: the special tokens stay, and the text loses tokens on
   * the tokenizer's truncation side, as `encoding` does it without reading the text again.
   * @throws {InputError} when the special tokens do not fit.
   */
  shortened(ids: readonly number[], max_length: number): readonly number[];
  /**
   * The tokens of a text, of a pair of texts, or of lists of words, with all that Transformers' tokenizers return.
   * @throws {InputError} when the texts or options are invalid, or the special tokens do not fit into `max_length`.
   */
  encoding(text: string | readonly string[], options?: EncodingOptions): Encoding;
  /**
   * Encodings of one length, for a batch.
   * @throws {InputError} when options are invalid, or the tokenizer has no padding token.
   */
  pad(encodings: readonly Encoding[], options?: PaddingOptions): Encoding[];
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
  { allow_unsafe_patterns = false, name = 'tokenizer.json', languages }: TokenizerLoadOptions = {},
): Tokenizer {
  const kind = checkModel(json, name);
  checkParts(json, { name, allow_unsafe_patterns });
  const settings = tokenizerSettings(json, config, name);
  const inner = construct(json, config, { name, kind });
  const { ids: idsOf, pieces } = pipelineOf(withLinearPatterns(json), modelOf(json, { inner, kind }), name);
  const ids: ReadonlyMap<string, number> = inner.model.tokens_to_ids;
  const byId: string[] = [];
  // Not `get_vocab`, which visits every id up to the highest.
  for (const [token, id] of ids) byId[id] = token;
  const named: TokenizerConfig = { pad_token: settings.pad_token, ...config };
  const special = (name: SpecialTokenName): number | null => {
    const content = tokenContent(named[name]);
    return content === null ? null : (inner.token_to_id(content) ?? missing(name, content));
  };
  const tokens = (ids: ArrayLike<number>): string[] =>
    Array.from(ids, (id, at) => {
      const token = byId[id];
      if (token !== undefined) return token;
      throw new InputError(`tokenizer: an id must be an integer in [0, ${byId.length}), got ${id}, at position ${at}`);
    });
  const idOf = (token: string) => inner.token_to_id(token);
  const read = templateOf(json, { idOf, hasId: (id) => byId[id] !== undefined, name });
  const { max_length, truncation_side, padding_side, pad_token_type_id, model_input_names, notes } = settings;
  const added = new Set([...inner.get_added_tokens_decoder().values()].map(({ content }) => content));
  const textsOf = tokenTextReader(json, (token) => added.has(token));
  const fixed = {
    vocabSize: byId.length,
    eosId: special('eos_token'),
    padId: special('pad_token'),
    unkId: special('unk_token'),
    bosId: special('bos_token'),
    clsId: special('cls_token'),
    sepId: special('sep_token'),
    maskId: special('mask_token'),
    modelMaxLength: max_length ?? null,
    modelInputNames: model_input_names,
    notes,
    joinsBlanks: joinsBlanks(json),
    languages: languages?.codes ?? [],
    specialTokenId(name: SpecialTokenName) {
      const id = special(name);
      if (id !== null) return id;
      throw new InputError(`tokenizer: expected a ${name}, got none; tokenizer_config.json names it`);
    },
    pad: padder({
      pad_token: tokenContent(named.pad_token),
      pad_token_id: special('pad_token'),
      pad_token_type_id,
      padding_side,
      max_length,
    }),
    tokens,
    tokenTexts: (ids: ArrayLike<number>) => textsOf(tokens(ids)),
    decode(ids: ArrayLike<number>, { skip_special_tokens = false }: DecodeOptions = {}) {
      tokens(ids);
      return ids.length === 0 ? '' : inner.decode(Array.from(ids), { skip_special_tokens });
    },
  };
  const spoken = { codes: fixed.languages, idOf, name };
  const withTemplate = (template: Template): Tokenizer => {
    const { single, pair } = template;
    const { before, after } = frameOf(template);
    return {
      ...fixed,
      usesTypeIds: hasTypeIds(template),
      specialTokensToAdd: { single: addedTokens(single), pair: pair ? addedTokens(pair) : null },
      encoding: encoder(pieces, { template, max_length, truncation_side }),
      encode(text) {
        if (typeof text !== 'string') throw new InputError(`tokenizer: expected a text, got ${typeof text}`);
        return [...before, ...idsOf(text), ...after];
      },
      shortened(ids, max_length) {
        if (ids.length <= max_length) return ids;
        const special = before.length + after.length;
        if (max_length < special) throw noRoom(special, max_length);
        const [first, last] = [before.length, ids.length - after.length];
        const room = max_length - special;
        const own = truncation_side === 'right' ? ids.slice(first, first + room) : ids.slice(last - room, last);
        return [...before, ...own, ...after];
      },
      inLanguage: (code) => withTemplate(templateIn(template, code, spoken)),
    };
  };
  return withTemplate(languages ? templateIn(read, languages.own, spoken) : read);
}

function construct(
  json: TokenizerJson,
  config: TokenizerConfig,
  { name, kind }: { readonly name: string; readonly kind: ModelType | undefined },
): HuggingFaceTokenizer {
  try {
    // The library keeps the model and the decoder; everything before and after the model is in encode/.
    const others = {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      added_tokens: json.added_tokens ?? [],
    };
    if (kind !== 'Unigram') return new HuggingFaceTokenizer({ ...json, ...others }, config);
    // Its `Unigram` builds a tree of all tokens, which takes seconds; `unigramCutter` has its own.
    const { vocab, unk_id } = json.model as { readonly vocab: readonly [string, number][]; readonly unk_id?: number };
    const ids = { vocab: Object.fromEntries(vocab.map(([token], id) => [token, id])) };
    const inner = new HuggingFaceTokenizer({ ...json, ...others, model: ids }, { ...config, target_lang: undefined });
    const unk_token = unk_id === undefined ? undefined : vocab[unk_id]?.[0];
    Object.assign(inner.model, { config: json.model, unk_token_id: unk_id, unk_token });
    return inner;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${name}: the tokenizer cannot be run (${reason})`);
  }
}

/** The model, with its own vocabulary: the library adds the tokens of `added_tokens` to it. */
function modelOf(
  json: TokenizerJson,
  { inner, kind }: { readonly inner: HuggingFaceTokenizer; readonly kind: ModelType | undefined },
): Model {
  const { vocab } = json.model as { readonly vocab: Readonly<Record<string, number>> | readonly [string, number][] };
  const vocabulary = Array.isArray(vocab)
    ? new Map(vocab.map(([token], id): [string, number] => [token, id]))
    : new Map(Object.entries(vocab as Readonly<Record<string, number>>));
  return { kind, library: inner.model, vocabulary: kind ? vocabulary : inner.model.tokens_to_ids };
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
