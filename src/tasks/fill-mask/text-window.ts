import { type DocumentKind, documentsOf } from '../../data/read/document.ts';
import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { frameOf } from '../model/special-frame.ts';
import type { TextRow } from '../model/text-batch.ts';
import type { RowSet } from '../run/encoded-row.ts';

/** A piece of a text as a masked language model reads it, in the special tokens of the template. */
export interface TextWindow extends TextRow {
  /** The places of tokens that may be hidden: all except special tokens. */
  readonly choices: Int32Array;
}

/** Texts in windows; every window is a sample. */
export interface WindowedText extends RowSet<TextWindow> {
  /** The number of tokens without the special ones of the template, and of those that are `<unk>`. */
  readonly tokens: number;
  readonly unknown: number;
  /** The number of texts in more than one window, and of those without a token that could be hidden. */
  readonly divided: number;
  readonly empty: number;
}

/** Tokens that are never hidden: there would be nothing to learn. */
function specialIds({ eosId, padId, unkId, bosId, clsId, sepId, maskId }: Tokenizer): ReadonlySet<number | null> {
  return new Set([eosId, padId, unkId, bosId, clsId, sepId, maskId]);
}

/**
 * Cuts texts into windows of at most `max_length` tokens that do not overlap. A window without a token that could be
 * hidden is left out.
 *
 * @throws {InputError} when there is no room for a token, or no text.
 */
export function windowedText(
  text: string,
  { documents, max_length, file }: { readonly documents: DocumentKind; readonly max_length: number; file: string },
  tokenizer: Tokenizer,
): WindowedText {
  const { before, after } = frameOf(tokenizer);
  const room = max_length - before.length - after.length;
  if (room < 1) {
    throw new InputError(
      `data: expected room for at least ${before.length + after.length + 1} tokens in train.max_length, got ${max_length}`,
    );
  }
  const special = specialIds(tokenizer);
  const counts = { tokens: 0, unknown: 0, divided: 0, empty: 0 };
  const rows: TextWindow[] = [];
  const places: number[] = [];
  for (const [number, document] of documentsOf(text, documents).entries()) {
    const ids = tokenizer.encode(document).slice(before.length, -after.length || undefined);
    counts.tokens += ids.length;
    counts.unknown += ids.filter((id) => id === tokenizer.unkId).length;
    if (ids.length > room) counts.divided++;
    const first = rows.length;
    for (let from = 0; from < ids.length; from += room) {
      const own = Int32Array.from([...before, ...ids.slice(from, from + room), ...after]);
      const choices = Int32Array.from(own.keys()).filter((at) => !special.has(own[at] ?? null));
      if (choices.length === 0) continue;
      rows.push({ example: rows.length, size: own.length, ids: own, choices });
      places.push(number);
    }
    if (rows.length === first) counts.empty++;
  }
  if (rows.length === 0) throw new InputError(`data ${file}: expected text with known tokens, got none`);
  const where = (row: number) => `${file}: text ${(places[row] ?? 0) + 1}`;
  return { samples: rows.length, rows, where, ...counts };
}
