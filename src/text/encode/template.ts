import { InputError } from '../../io/error.ts';
import { type Encoding, joinEncodings, type TokenLists } from './encoding.ts';

/** A special token that a template adds: one or more tokens of the vocabulary. */
export interface AddedPiece {
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly type_id: number;
}

/** The place of a text in a template. */
export interface TextPiece {
  readonly text: 0 | 1;
  readonly type_id: number;
}

/** A part of a template. */
export type Piece = AddedPiece | TextPiece;

/** How special tokens are set around a text and around a pair of texts. */
export interface Template {
  /** Trims the offsets of each text. */
  readonly trim: (text: Encoding) => Encoding;
  readonly single: readonly Piece[];
  /** Undefined when the tokenizer has no form for pairs. */
  readonly pair: readonly Piece[] | undefined;
}

/** The number of special tokens in a form of a template. */
export const addedTokens = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + ('ids' in piece ? piece.ids.length : 0), 0);

/** The ids that a template sets before and after a single text. */
export function frameOf({ single }: Template): {
  readonly before: readonly number[];
  readonly after: readonly number[];
} {
  const at = single.findIndex((piece) => 'text' in piece);
  const ids = (pieces: readonly Piece[]): number[] => pieces.flatMap((piece) => ('ids' in piece ? [...piece.ids] : []));
  return { before: ids(single.slice(0, at)), after: ids(single.slice(at + 1)) };
}

/** Whether a template tells texts apart by type ids. */
export const hasTypeIds = ({ single, pair = [] }: Template): boolean =>
  [...single, ...pair].some(({ type_id }) => type_id !== 0);

/** The form of a template for a number of texts. @throws {InputError} for two when it has no form for pairs. */
export function formOf({ single, pair }: Template, texts: number): readonly Piece[] {
  if (texts === 1) return single;
  if (pair) return pair;
  throw new InputError(
    'tokenizer: expected a single text, got a text_pair; the template of tokenizer.json has no pair',
  );
}

/** The texts with the special tokens of a template around them. */
export function applyTemplate(
  pieces: readonly Piece[],
  texts: readonly Encoding[],
  { add_special_tokens }: { readonly add_special_tokens: boolean },
): Encoding {
  const parts: TokenLists[] = [];
  for (const piece of pieces) {
    if ('text' in piece) {
      const own = texts[piece.text];
      parts.push({ ...own, type_ids: own.ids.map(() => piece.type_id), sequence_ids: own.ids.map(() => piece.text) });
    } else if (add_special_tokens) parts.push(addedLists(piece));
  }
  return joinEncodings(parts);
}

const addedLists = ({ ids, tokens, type_id }: AddedPiece): TokenLists => ({
  ids,
  tokens,
  offsets: ids.map(() => [0, 0] as const),
  type_ids: ids.map(() => type_id),
  attention_mask: ids.map(() => 1),
  special_tokens_mask: ids.map(() => 1),
  word_ids: ids.map(() => null),
  sequence_ids: ids.map(() => null),
});
