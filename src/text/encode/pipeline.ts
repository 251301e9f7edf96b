import type { TokenizerJson } from '../tokenizer-json.ts';
import { addedTokenFinder, addedTokensOf } from './added-token.ts';
import type { Encoding, Offsets } from './encoding.ts';
import { type Model, type Pieces, piecesReader } from './model-piece.ts';
import { normalizerOf } from './normalizer.ts';
import { PlacedText } from './placed-text.ts';
import { preTokenizerOf } from './pre-tokenizer.ts';
import { stepped } from './step.ts';

const MOST_WORDS = 2 ** 17;
const LONGEST_WORD = 64;

/** Encodes texts, without the special tokens of a template. */
export interface Pipeline {
  /** The ids of a text: those of {@link pieces}, in less time. */
  ids(text: string): number[];
  /** The tokens of a text with their places. */
  pieces(text: string): Encoding;
}

/**
 * The pipeline of a checked `tokenizer.json`: added tokens, normalizer, pre-tokenizer, model.
 *
 * A corpus has few distinct words, so the tokens of words are kept.
 *
 * Source: tokenizers 0.23 tokenizer/mod.rs (`encode_single_sequence`).
 * @param name the file, for errors.
 */
export function pipelineOf(json: TokenizerJson, model: Model, name: string): Pipeline {
  const normalizer = normalizerOf(json, name);
  const { plain, placed, finish, isExact } = preTokenizerOf(json, name);
  const added = addedTokensOf(json);
  const written = addedTokenFinder(added.filter(({ normalized }) => !normalized));
  const normalized = addedTokenFinder(
    added.filter((token) => token.normalized),
    normalizer,
  );
  const pieces = kept(piecesReader(model), (word) => finish.plain(word));

  const encoded = (text: string): Encoding => {
    const ids: number[] = [];
    const tokens: string[] = [];
    const offsets: Offsets[] = [];
    const words: number[] = [];
    let word = 0;
    const whole = PlacedText.of(text);
    for (const section of written.sections(text)) {
      const part = whole.slice(section.start, section.end);
      const inside = section.token ? undefined : stepped(normalizer, part);
      for (const { token, start, end } of inside ? normalized.sections(inside.text) : [section]) {
        if (token) {
          const own = inside ? inside.slice(start, end) : part;
          ids.push(token.id);
          tokens.push(own.text);
          offsets.push(own.place(0, own.text.length));
          words.push(word++);
        } else if (inside) {
          for (const piece of placed(inside.slice(start, end))) {
            const found = pieces(piece.text);
            const last = finish.isInPlace?.(piece.text) ? piece : stepped(finish, piece);
            found.ids.forEach((id, at) => {
              ids.push(id);
              tokens.push(found.tokens[at]);
              offsets.push(last.place(found.starts[at], found.ends[at]));
              words.push(word);
            });
            word++;
          }
        }
      }
    }
    return {
      ids,
      tokens,
      offsets,
      type_ids: ids.map(() => 0),
      attention_mask: ids.map(() => 1),
      special_tokens_mask: ids.map(() => 0),
      word_ids: words,
      sequence_ids: ids.map(() => 0),
      overflowing: [],
    };
  };

  return {
    pieces: encoded,
    ids: (text) => {
      if (text === '') return [];
      if (!isExact || written.occursIn(text)) return [...encoded(text).ids];
      const changed = normalizer.plain(text);
      if (normalized.occursIn(changed)) return [...encoded(text).ids];
      const ids: number[] = [];
      for (const word of plain(changed)) if (word !== '') for (const id of pieces(word).ids) ids.push(id);
      return ids;
    },
  };
}

/** Keeps the tokens of short words. `finish` is the last change of a word before the model. */
function kept(read: (word: string) => Pieces, finish: (word: string) => string): (word: string) => Pieces {
  const words = new Map<string, Pieces>();
  return (word) => {
    const known = words.get(word);
    if (known) return known;
    const found = read(finish(word));
    if (words.size >= MOST_WORDS) words.clear();
    if (word.length <= LONGEST_WORD) words.set(word, found);
    return found;
  };
}
