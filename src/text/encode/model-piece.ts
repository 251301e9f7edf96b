import { InputError } from '../../io/error.ts';
import type { ModelType } from '../check/model.ts';
import { type UnigramConfig, unigramCutter } from './unigram.ts';
import { wordPieceEncoder } from './word-piece.ts';

/** The tokens of a word. */
export interface Pieces {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /** Where each token begins and ends in the word, in UTF-16 units. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The parts of the library's models that are used here. */
export interface LibraryModel {
  readonly unk_token: string | undefined;
  readonly unk_token_id: number | undefined;
  /** The `model` of the checked `tokenizer.json`; the fields of `UnigramConfig` are there in a `Unigram`. */
  readonly config: Partial<UnigramConfig> & {
    readonly continuing_subword_prefix: string;
    readonly byte_fallback?: boolean | null;
    readonly fuse_unk?: boolean | null;
  };
  readonly max_input_chars_per_word: number;
  readonly end_of_word_suffix?: string | null;
  readonly ignore_merges?: boolean;
  /** Byte-pair encoding of a word: parts that join to it. */
  bpe(word: string): readonly string[];
}

/** Collects the tokens of a word. */
class Collector {
  readonly ids: number[] = [];
  readonly tokens: string[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(token: string, id: number, start: number, end: number): void {
    this.ids.push(id);
    this.tokens.push(token);
    this.starts.push(start);
    this.ends.push(end);
  }
}

/** A model, and the ids of its own vocabulary. */
export interface Model {
  readonly kind: ModelType | undefined;
  readonly library: LibraryModel;
  readonly vocabulary: ReadonlyMap<string, number>;
}

/** How each model splits a word. Source: tokenizers 0.23 models/{wordpiece,bpe,unigram}. */
const rows: Readonly<Record<ModelType, (model: Model) => (word: string) => Pieces>> = {
  WordPiece: ({ library, vocabulary }) => {
    const encode = wordPieceEncoder({ ...library, tokens_to_ids: vocabulary, unk_token: String(library.unk_token) });
    const prefix = library.config.continuing_subword_prefix.length;
    return (word) => {
      const found = new Collector();
      const tokens = encode([word]);
      let at = 0;
      for (const token of tokens) {
        const isWhole = tokens.length === 1;
        const end = isWhole ? word.length : at + token.length - (at > 0 ? prefix : 0);
        found.add(token, idOf(token, vocabulary, library), at, end);
        at = end;
      }
      return found;
    };
  },
  BPE: ({ library, vocabulary }) => {
    const { unk_token, unk_token_id, config, ignore_merges } = library;
    const suffix = library.end_of_word_suffix ?? '';
    return (word) => {
      const found = new Collector();
      const whole = ignore_merges ? vocabulary.get(word) : undefined;
      if (whole !== undefined) {
        found.add(word, whole, 0, word.length);
        return found;
      }
      let at = 0;
      let isUnknown = false;
      for (const part of library.bpe(word)) {
        const end = Math.min(word.length, at + part.length);
        const id = vocabulary.get(part);
        const bytes =
          id === undefined && config.byte_fallback ? byteTokens(word.slice(at, end), vocabulary) : undefined;
        if (id !== undefined) found.add(part, id, at, end);
        else if (bytes) for (const [token, byteId] of bytes) found.add(token, byteId, at, end);
        else if (unk_token !== undefined && unk_token !== null && unk_token_id !== undefined) {
          if (isUnknown && config.fuse_unk) found.ends[found.ends.length - 1] = end;
          else found.add(unk_token, unk_token_id, at, end);
        }
        isUnknown = id === undefined && !bytes;
        at = end;
      }
      if (suffix !== '') found.ends[found.ends.length - 1] = word.length;
      return found;
    };
  },
  Unigram: ({ library, vocabulary }) => {
    const { config } = library;
    const { vocab = [], unk_id, pieces } = config;
    const cut = unigramCutter({ vocab, ...(unk_id !== undefined && { unk_id }), ...(pieces && { pieces }) });
    return (word) => {
      const found = new Collector();
      for (const { start, end } of cut(word)) {
        const part = word.slice(start, end);
        const id = vocabulary.get(part);
        const bytes = id === undefined && config.byte_fallback ? byteTokens(part, vocabulary) : undefined;
        if (bytes) for (const [token, byteId] of bytes) found.add(token, byteId, start, end);
        else found.add(part, id ?? idOf(part, vocabulary, library), start, end);
      }
      return found;
    };
  },
};

/** Returns a function that splits a word into tokens. Without a model, a word is a token. */
export function piecesReader(model: Model): (word: string) => Pieces {
  if (model.kind) return rows[model.kind](model);
  return (word) => {
    const found = new Collector();
    found.add(word, idOf(word, model.vocabulary, model.library), 0, word.length);
    return found;
  };
}

/** @throws {InputError} for text without a token when there is no unknown token. */
function idOf(token: string, vocabulary: ReadonlyMap<string, number>, { unk_token_id }: LibraryModel): number {
  const id = vocabulary.get(token) ?? unk_token_id;
  if (typeof id === 'number') return id;
  throw new InputError(`tokenizer: ${JSON.stringify(token)} is not in the vocabulary, and there is no unknown token`);
}

const encoder = new TextEncoder();

/** The tokens of a text's bytes, `<0xEB>`, if the vocabulary has all of them. */
function byteTokens(text: string, vocabulary: ReadonlyMap<string, number>): [string, number][] | undefined {
  const found: [string, number][] = [];
  for (const byte of encoder.encode(text)) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
    const id = vocabulary.get(token);
    if (id === undefined) return undefined;
    found.push([token, id]);
  }
  return found;
}
