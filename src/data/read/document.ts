import { InputError } from '../../io/error.ts';
import { splitText } from './plain-text.ts';
import { ReadingNotes } from './reading-note.ts';

/** What counts as a document of a language model's text: the whole file, or every line that is not blank. */
export type DocumentKind = 'text' | 'lines';

/** The documents of a text, in order. */
export function documentsOf(text: string, kind: DocumentKind): readonly string[] {
  return kind === 'text' ? [text] : text.split('\n').filter((line) => line.trim() !== '');
}

/** What is skipped, one message per kind: blank lines before a document, where documents are lines. */
export function documentNotes(text: string, kind: DocumentKind, file: string): string[] {
  const notes = new ReadingNotes();
  if (kind === 'lines') {
    const all = text.trimEnd().split('\n');
    notes.count('blank', all.filter((line) => line.trim() === '').length);
  }
  return notes.lines(file);
}

/**
 * Splits off the last `share` of a text for validation: of its characters, or of its lines where documents are lines.
 *
 * @param where what errors call the text.
 * @throws {InputError} when either part would be empty.
 */
export function withheld(
  text: string,
  kind: DocumentKind,
  share: number,
  where = 'data',
): { readonly train: string; readonly validation: string } {
  if (kind === 'text') return splitText(text, share, where);
  const lines = documentsOf(text, kind);
  const place = lines.length - Math.ceil(lines.length * share - 1e-9);
  if (place === 0) throw new InputError(`${where}: expected enough lines for two parts, got ${lines.length}`);
  return { train: lines.slice(0, place).join('\n'), validation: lines.slice(place).join('\n') };
}
