import * as z from 'zod';
import type { Change } from './placed-text.ts';
import { type CharacterTable, characterTable } from './precompiled.ts';
import type { Step } from './step.ts';

/** How SentencePiece itself normalizes: a field of the `Precompiled` that Marian's own files become. */
export const sentencePieceForm = z.strictObject({
  add_dummy_prefix: z.boolean(),
  remove_extra_whitespaces: z.boolean(),
  /** Marian's tokenizer drops `>>fr<<` from a text. */
  drops_language_codes: z.boolean(),
});

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The blank that SentencePiece writes. */
const MARK = '▁';

/**
 * Normalizes as SentencePiece does: the longest sequences of the table are replaced, blanks at both ends and repeated ones
 * are removed, and `▁` stands for a blank and before the text. The parts that `tokenizers` has cannot do exactly this.
 *
 * Source: google/sentencepiece 0.2 normalizer.cc (`Normalizer::Normalize`).
 * @throws {InputError} when the table is torn.
 */
export function sentencePiece(charsmap: unknown, form: unknown, where: string): Step {
  const settings = sentencePieceForm.parse(form);
  const table = charsmap === '' ? undefined : characterTable(charsmap, where);
  const units = (text: string): Unit[] => normalized(text, table, settings);
  return {
    plain: (text) =>
      units(text)
        .map(({ text: own }) => own)
        .join(''),
    placed: (text) => {
      const changes: Change[] = [];
      const [first, ...rest] = units(text.text);
      let place = first?.start ?? 0;
      for (const { text: own, start, end } of first ? [first, ...rest] : []) {
        // Characters between the last unit and this one were removed.
        if (start > place) widen(changes, start - place);
        const characters = [...own];
        characters.forEach((character, at) => changes.push({ character, change: at < end - start ? 0 : 1 }));
        if (end - start > characters.length) widen(changes, end - start - characters.length);
        place = end;
      }
      return text.transform(changes, first?.start);
    },
  };
}

/** Makes the last character stand for further ones. The first one stands for a character, so there always is one. */
function widen(changes: Change[], more: number): void {
  const last = changes.pop() as Change;
  // An inserted character removes nothing: the one before it does.
  if (last.change > 0) {
    widen(changes, more);
    changes.push(last);
  } else changes.push({ ...last, change: last.change - more });
}

/** A piece of normalized text, and the characters of the text that it stands for. */
interface Unit {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function normalized(
  text: string,
  table: CharacterTable | undefined,
  { add_dummy_prefix, remove_extra_whitespaces, drops_language_codes }: z.output<typeof sentencePieceForm>,
): Unit[] {
  const kept = drops_language_codes ? withoutCodes(text) : [{ text, start: 0, end: [...text].length }];
  let isAfterBlank = remove_extra_whitespaces;
  const words: Unit[] = [];
  for (const unit of kept.flatMap((part) => replaced(part, table))) {
    const own = isAfterBlank ? unit.text.replace(/^ +/, '') : unit.text;
    if (own === '') continue;
    words.push({ ...unit, text: own.replaceAll(' ', MARK) });
    isAfterBlank = remove_extra_whitespaces && own.endsWith(' ');
  }
  const rest = remove_extra_whitespaces ? withoutEnd(words) : words;
  if (!add_dummy_prefix || rest.length === 0) return rest;
  const [first, ...more] = rest;
  return [{ ...first, text: MARK + first.text }, ...more];
}

/** The characters of a part, each with its replacement. */
function replaced({ text, start }: Unit, table: CharacterTable | undefined): Unit[] {
  if (!table) return [...text].map((own, at) => ({ text: own, start: start + at, end: start + at + 1 }));
  const bytes = encoder.encode(text);
  const units: Unit[] = [];
  let place = start;
  for (let at = 0; at < bytes.length; ) {
    const found = table.longest(bytes.subarray(at));
    const length = found?.length ?? characterLength(bytes[at]);
    const own = decoder.decode(bytes.subarray(at, at + length));
    const end = place + (found ? [...own].length : 1);
    units.push({ text: found?.text ?? own, start: place, end });
    place = end;
    at += length;
  }
  return units;
}

const characterLength = (byte: number): number => (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);

/** Without `▁` at the end. */
function withoutEnd(units: readonly Unit[]): Unit[] {
  const rest = [...units];
  for (let last = rest.pop(); last; last = rest.pop()) {
    const text = last.text.replace(/(?<!▁)▁+$/, '');
    if (text !== '') return [...rest, { ...last, text }];
  }
  return [];
}

/**
 * What is left when all that `>>.+<<` matches is removed: in each line what is between the first `>>` and the last `<<`.
 */
function withoutCodes(text: string): Unit[] {
  const parts: Unit[] = [];
  let place = 0;
  const keep = (part: string): void => {
    const length = [...part].length;
    if (length > 0) parts.push({ text: part, start: place, end: place + length });
    place += length;
  };
  for (const line of text.split(/(?<=\n)/)) {
    const start = line.indexOf('>>');
    const end = line.lastIndexOf('<<');
    if (start >= 0 && end > start + 2) {
      keep(line.slice(0, start));
      place += [...line.slice(start, end + 2)].length;
      keep(line.slice(end + 2));
    } else keep(line);
  }
  return parts;
}
