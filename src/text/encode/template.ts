import { InputError } from '../../io/error.ts';
import type { TokenizerJson } from '../tokenizer-json.ts';
import { trimmed } from './byte-level.ts';
import { type Encoding, joinEncodings, type TokenLists } from './encoding.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A special token that a template adds: one or more tokens of the vocabulary. */
interface AddedPiece {
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly type_id: number;
}

/** The place of a text in a template. */
interface TextPiece {
  readonly text: 0 | 1;
  readonly type_id: number;
}

type Piece = AddedPiece | TextPiece;
type Forms = Omit<Template, 'trim'>;

/** How special tokens are set around a text and around a pair of texts. */
export interface Template {
  /** Trims the offsets of each text. */
  readonly trim: (text: Encoding) => Encoding;
  readonly single: readonly Piece[];
  /** Undefined when the tokenizer has no form for pairs. */
  readonly pair: readonly Piece[] | undefined;
}

const text = (at: 0 | 1, type_id: number): TextPiece => ({ text: at, type_id });
const added = ([token, id]: readonly [string, number], type_id: number): AddedPiece => ({
  tokens: [token],
  ids: [id],
  type_id,
});

/** The texts one after the other, as without a template. */
const bare: Forms = { single: [text(0, 0)], pair: [text(0, 0), text(1, 1)] };

/**
 * The templates of a checked `post_processor`, by its type.
 *
 * Source: tokenizers 0.23 processors/{template,bert,roberta}.rs.
 */
const templates: Readonly<Record<string, (processor: Fields, idOf: IdOf) => Forms>> = {
  TemplateProcessing: ({ single, pair, special_tokens }, idOf) => {
    const special = (special_tokens ?? {}) as SpecialTokens;
    const pieces = (items: unknown): Piece[] => (items as Fields[]).map((item) => templatePiece(item, special, idOf));
    const both = Array.isArray(pair) ? pieces(pair) : [];
    const hasBoth = [0, 1].every((at) => both.some((piece) => 'text' in piece && piece.text === at));
    return { single: pieces(single), pair: hasBoth ? both : undefined };
  },
  BertProcessing: (processor) => {
    const { cls, sep } = processor as Record<'cls' | 'sep', [string, number]>;
    const single = [added(cls, 0), text(0, 0), added(sep, 0)];
    return { single, pair: [...single, text(1, 1), added(sep, 1)] };
  },
  RobertaProcessing: (processor) => {
    const { cls, sep } = processor as Record<'cls' | 'sep', [string, number]>;
    const single = [added(cls, 0), text(0, 0), added(sep, 0)];
    return { single, pair: [...single, added(sep, 0), text(1, 0), added(sep, 0)] };
  },
};

type IdOf = (token: string) => number | undefined;
type SpecialTokens = Readonly<Record<string, { readonly ids: readonly number[]; readonly tokens: readonly string[] }>>;

function templatePiece(item: Fields, special: SpecialTokens, idOf: IdOf): Piece {
  const { Sequence: sequence, SpecialToken: token } = item as {
    readonly Sequence?: { readonly id: 'A' | 'B'; readonly type_id?: number };
    readonly SpecialToken?: { readonly id: string; readonly type_id?: number };
  };
  if (sequence) return text(sequence.id === 'A' ? 0 : 1, sequence.type_id ?? 0);
  const { id = '', type_id = 0 } = token ?? {};
  if (Object.hasOwn(special, id)) return { ids: special[id].ids, tokens: special[id].tokens, type_id };
  return { ids: [idOf(id) ?? Number.NaN], tokens: [id], type_id };
}

/** What a template knows of the vocabulary. */
export interface TemplateVocabulary {
  readonly idOf: IdOf;
  readonly hasId: (id: number) => boolean;
  /** The file, for errors. */
  readonly name: string;
}

/**
 * The template of a checked `tokenizer.json`; its texts alone if it has none.
 *
 * @throws {InputError} when it adds a token that is not in the vocabulary, or there are two of them.
 */
export function templateOf(json: TokenizerJson, { idOf, hasId, name }: TemplateVocabulary): Template {
  const found: Forms[] = [];
  let trim = (encoding: Encoding): Encoding => encoding;
  const visit = (processor: Fields): void => {
    for (const child of processor.type === 'Sequence' ? (processor.processors as Fields[]) : []) visit(child);
    const type = String(processor.type);
    if (!Object.hasOwn(templates, type) && type !== 'Sequence' && type !== 'ByteLevel') {
      const known = ['ByteLevel', 'Sequence', ...Object.keys(templates)].join(', ');
      throw new InputError(`${name}: post_processor: expected one of ${known}, got ${JSON.stringify(processor.type)}`);
    }
    if (Object.hasOwn(templates, type)) found.push(templates[type](processor, idOf));
    if (type === 'ByteLevel' || type === 'RobertaProcessing') {
      const { trim_offsets, add_prefix_space } = { trim_offsets: true, add_prefix_space: true, ...processor };
      const before = trim;
      if (trim_offsets) trim = (encoding) => trimmed(before(encoding), { add_prefix_space });
    }
  };
  if (json.post_processor) visit(json.post_processor as Fields);
  if (found.length > 1)
    throw new InputError(`${name}: post_processor: expected at most one template, got ${found.length}`);
  const [{ single, pair }] = [...found, bare];
  for (const piece of [...single, ...(pair ?? [])]) {
    const at = 'ids' in piece ? piece.ids.findIndex((id) => !hasId(id)) : -1;
    if ('ids' in piece && at >= 0) {
      const found = `${JSON.stringify(piece.tokens[at])}${Number.isNaN(piece.ids[at]) ? '' : `, id ${piece.ids[at]}`}`;
      throw new InputError(`${name}: post_processor: expected a token of the vocabulary, got ${found}`);
    }
  }
  return { single, pair, trim };
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
