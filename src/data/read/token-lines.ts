import { excerpt } from './data-file.ts';
import { ReadingNotes } from './reading-note.ts';
import { SentenceCollector, type TaggedLines } from './tagged-sentence.ts';

/** The first token of a document in CoNLL-2003. */
const documentMark = /^-DOCSTART-(?=\s|$)/;

/** Begins a comment in KLUE, before a sentence. */
const sentenceComment = '## ';

/** Begins a comment where columns are separated by tabs: such a line cannot be a word. */
const lineComment = '# ';

/** Whether every column of a line is blank. */
const isBetween = (line: string): boolean => (line.includes('\t') ? /^\t+$/.test(line) : line.trim() === '');

/** Whether columns are separated by tabs, decided by the first line that must be a word. */
function hasTabs(lines: readonly string[]): boolean {
  const isMark = (line: string) => line.startsWith('#') && !line.includes('\t');
  const first = lines.find(
    (line) => !isBetween(line) && !isMark(line) && !line.startsWith(sentenceComment) && !documentMark.test(line),
  );
  return first?.includes('\t') ?? false;
}

/**
 * Sentences with one token per line, as in the shared tasks of CoNLL 2000 to 2003, in KLUE and in WNUT17. Blank lines
 * separate sentences. All token lines have the same number of columns.
 *
 * In one file, columns are separated either by tabs, so that a token can be a blank, or by blanks. Comments are
 * `-DOCSTART-`, which ends a sentence; a line that begins with `## ` before a sentence's first word; and, in files with
 * tabs, a line that begins with `# ` and has no tab. Every other `#` belongs to a word.
 *
 * Source: Tjong Kim Sang and De Meulder 2003; Park et al. 2021 (KLUE); Derczynski et al. 2017 (WNUT17).
 */
export function parseTokenLines(
  lines: readonly string[],
  file: string,
  columns: { readonly word: number; readonly tag: number },
): TaggedLines {
  const needed = Math.max(columns.word, columns.tag) + 1;
  const isTabbed = hasTabs(lines);
  const collected = new SentenceCollector();
  const notes = new ReadingNotes();
  const violations: string[] = [];
  let first: { readonly width: number; readonly line: number } | undefined;
  const isComment = (line: string): boolean =>
    (collected.length === 0 && line.startsWith(sentenceComment)) ||
    (isTabbed && line.startsWith(lineComment) && !line.includes('\t'));
  lines.forEach((line, i) => {
    if (isBetween(line)) return collected.close();
    if (documentMark.test(line)) collected.close();
    if (documentMark.test(line) || isComment(line)) return notes.count('comment');
    const cells = isTabbed ? line.split('\t') : line.trim().split(/[ \t]+/);
    const blame = (expected: string) => violations.push(`data ${file}:${i + 1}: expected ${expected}`);
    first ??= { width: Math.max(cells.length, needed), line: i + 1 };
    const [word, tag] = [cells[columns.word], cells[columns.tag]];
    if (word === undefined || tag === undefined)
      blame(`at least ${needed} columns, found ${cells.length}: ${excerpt(line)}`);
    else if (cells.length !== first.width) {
      blame(`${first.width} columns, as line ${first.line} has, found ${cells.length}: ${excerpt(line)}`);
    } else if (word === '') blame(`a word in column ${columns.word}, got none: ${excerpt(line)}`);
    else if (tag.trim() === '') blame(`a tag in column ${columns.tag}, got none: ${excerpt(line)}`);
    else collected.add(word, tag.trim(), i + 1);
  });
  collected.close();
  return { sentences: collected.sentences, violations, notes: notes.lines(file) };
}
