import { excerpt } from './data-file.ts';
import { ReadingNotes } from './reading-note.ts';
import { SentenceCollector, type TaggedLines } from './tagged-sentence.ts';

/** The ten columns, in order. */
export const conlluColumns = [
  'id',
  'form',
  'lemma',
  'upos',
  'xpos',
  'feats',
  'head',
  'deprel',
  'deps',
  'misc',
] as const;

/** A column of CoNLL-U that can hold the tags. */
export type ConlluColumn = (typeof conlluColumns)[number];

/** Columns in which `_` means that the word has no such property, not that it is untagged. */
const isOptional: ReadonlySet<ConlluColumn> = new Set(['feats', 'deps', 'misc']);

/** Ids of lines that are not words of the sentence: multiword ranges (`1-2`) and empty nodes (`8.1`). */
const skipped = [
  ['range', /^[1-9]\d*-[1-9]\d*$/],
  ['emptyNode', /^\d+\.[1-9]\d*$/],
] as const;

/**
 * Sentences of CoNLL-U. A line that begins with `#` is a comment. Multiword ranges (`1-2`) and empty nodes (`8.1`) are
 * skipped and counted: the words of a range have their own lines, and an empty node is not part of the written text.
 *
 * Source: Universal Dependencies, CoNLL-U format, version 2.
 */
export function parseConllu(lines: readonly string[], file: string, tag: ConlluColumn): TaggedLines {
  const column = conlluColumns.indexOf(tag);
  const collected = new SentenceCollector();
  const notes = new ReadingNotes();
  const violations: string[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === '') return collected.close();
    if (line.startsWith('#')) return notes.count('comment');
    const cells = line.split('\t');
    const blame = (expected: string) => violations.push(`data ${file}:${i + 1}: expected ${expected}`);
    if (cells.length !== conlluColumns.length) {
      blame(`${conlluColumns.length} tab-separated columns, found ${cells.length}: ${excerpt(line)}`);
      return;
    }
    const [id = '', form = ''] = cells;
    const value = cells[column] ?? '';
    const kind = skipped.find(([, pattern]) => pattern.test(id))?.[0];
    if (kind) return notes.count(kind);
    collected.add(form, value, i + 1);
    if (id !== String(collected.length)) blame(`the id ${collected.length}, got ${excerpt(id)}`);
    else if (form === '') blame('a word in the column form, got none');
    else if (value === '' || (value === '_' && !isOptional.has(tag))) {
      blame(`a tag in the column ${tag} of "${form}", got ${excerpt(value)}`);
    }
  });
  collected.close();
  return { sentences: collected.sentences, violations, notes: notes.lines(file) };
}
