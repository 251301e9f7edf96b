import type { Piece, SentencePieceModel } from './sentence-piece-model.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A piece and its score, in the order of the ids. */
export type ScoredPiece = readonly [piece: string, score: number];

/** How words are marked at their start: every stretch between added tokens, the first one, none. */
export type PrependScheme = 'always' | 'first' | 'never';

/** The table that replaces characters, as a normalizer; none if the model has none. */
export const precompiled = ({ charsmap }: SentencePieceModel): Fields[] =>
  charsmap.length === 0 ? [] : [{ type: 'Precompiled', precompiled_charsmap: toBase64(charsmap) }];

export const sequence = (normalizers: readonly Fields[]): Fields => ({ type: 'Sequence', normalizers });

/** The blank before a word as `▁`, where `text` has a run of blanks, one. */
export const metaspace = (prepend_scheme: PrependScheme, split = true): Fields => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme,
  split,
});

export const replaceRegex = (Regex: string, content: string): Fields => ({
  type: 'Replace',
  pattern: { Regex },
  content,
});
export const replaceText = (text: string, content: string): Fields => ({
  type: 'Replace',
  pattern: { String: text },
  content,
});

/** The normalizer of most classes: the table, no blanks at the end, one `▁` for several blanks. */
export const usualNormalizer = (model: SentencePieceModel): Fields =>
  sequence([
    ...precompiled(model),
    { type: 'Strip', strip_left: false, strip_right: true },
    replaceRegex(' {2,}', '▁'),
  ]);

export const scored = ({ piece, score }: Piece): ScoredPiece => [piece, score];

/** The model of a `tokenizer.json` for pieces and scores. `byteFallback` writes unknown characters as bytes. */
export function modelOf(
  { kind, unkPiece, pieces: own }: SentencePieceModel,
  pieces: readonly ScoredPiece[],
  { unkId, byteFallback = false }: { readonly unkId: number; readonly byteFallback?: boolean },
): Fields {
  if (kind === 'unigram') return { type: 'Unigram', unk_id: unkId, vocab: pieces, byte_fallback: byteFallback };
  const vocab = Object.fromEntries(pieces.map(([piece], id) => [piece, id]));
  return {
    type: 'BPE',
    dropout: null,
    unk_token: unkPiece,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: byteFallback,
    ignore_merges: false,
    vocab,
    merges: mergesOf(pieces, new Map(own.map(({ piece }, id) => [piece, id]))),
  };
}

/**
 * The merges of a BPE model, which SentencePiece does not store: each way to cut a piece into two, pieces of a higher
 * score first, then those with a longer left and right part.
 *
 * Source: transformers 4.46.3 convert_slow_tokenizer.py (`generate_merges`).
 */
function mergesOf(pieces: readonly ScoredPiece[], ids: ReadonlyMap<string, number>): (readonly [string, string])[] {
  interface Cut {
    readonly parts: readonly [string, string];
    readonly ids: readonly [number, number];
    readonly lengths: readonly [number, number];
    readonly score: number;
  }
  const cuts: Cut[] = [];
  for (const [piece, score] of new Map(pieces)) {
    const characters = [...piece];
    const own: Cut[] = [];
    let left = '';
    for (let at = 1; at < characters.length; at++) {
      left += characters[at - 1];
      const right = piece.slice(left.length);
      const [first, second] = [ids.get(left), ids.get(right)];
      if (first === undefined || second === undefined) continue;
      own.push({ parts: [left, right], ids: [first, second], lengths: [at, characters.length - at], score });
    }
    own.sort((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
    for (const cut of own) cuts.push(cut);
  }
  cuts.sort((a, b) => b.score - a.score || b.lengths[0] - a.lengths[0] || b.lengths[1] - a.lengths[1]);
  return cuts.map(({ parts }) => parts);
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2 ** 15) text += String.fromCharCode(...bytes.subarray(at, at + 2 ** 15));
  return btoa(text);
}
