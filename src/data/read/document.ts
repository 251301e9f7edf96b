import { InputError } from '../../io/error.ts';
import { splitText } from './plain-text.ts';
import { ReadingNotes } from './reading-note.ts';

/** What a document of a language model's text is: the whole file, or every line that is not blank. */
export type DocumentKind = 'text' | 'lines';

/** The documents of a text, in their order. */
export function documentsOf(text: string, kind: DocumentKind): readonly string[] {
  return kind === 'text' ? [text] : text.split('\n').filter((line) => line.trim() !== '');
}

/** What of a text is no part of its documents, a line each: blank lines in front of one, where lines are documents. */
export function documentNotes(text: string, kind: DocumentKind, file: string): string[] {
  const notes = new ReadingNotes();
  if (kind === 'lines') {
    const all = text.trimEnd().split('\n');
    notes.count('blank', all.filter((line) => line.trim() === '').length);
  }
  return notes.lines(file);
}

/**
 * Takes the last `share` of a text away, to validate with: of its characters, or of its lines where they are documents.
 *
 * @throws {InputError} when a part would be empty.
 */
export function withheld(
  text: string,
  kind: DocumentKind,
  share: number,
): { readonly train: string; readonly validation: string } {
  if (kind === 'text') return splitText(text, share);
  const lines = documentsOf(text, kind);
  const place = lines.length - Math.ceil(lines.length * share - 1e-9);
  if (place === 0) throw new InputError(`data: expected lines enough for two parts, got ${lines.length}`);
  return { train: lines.slice(0, place).join('\n'), validation: lines.slice(place).join('\n') };
}
