import { InputError } from '../../io/error.ts';
import type { TokenizerJson } from '../tokenizer-json.ts';
import { trimmed } from './byte-level.ts';
import type { Encoding } from './encoding.ts';
import type { AddedPiece, Piece, Template, TextPiece } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;
type Forms = Omit<Template, 'trim'>;

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
