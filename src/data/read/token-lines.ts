import { excerpt } from './data-file.ts';
import { SentenceCollector, type TaggedLines } from './tagged-sentence.ts';

/**
 * Sentences of a token a line, as in the shared tasks of CoNLL 2000 to 2003 and in KLUE.
 *
 * Columns are separated by tabs where the line has one, so that a token may be a blank, and else by blanks. `##` begins a
 * comment, `-DOCSTART-` a document. All lines of tokens have the same number of columns.
 *
 * Source: Tjong Kim Sang and De Meulder 2003; Park et al. 2021 (KLUE).
 */
export function parseTokenLines(
  lines: readonly string[],
  file: string,
  columns: { readonly word: number; readonly tag: number },
): TaggedLines {
  const needed = Math.max(columns.word, columns.tag) + 1;
  const collected = new SentenceCollector();
  const violations: string[] = [];
  let first: { readonly width: number; readonly line: number } | undefined;
  lines.forEach((line, i) => {
    const isTabbed = line.includes('\t');
    if (!isTabbed && line.trim() === '') return collected.close();
    if (line.startsWith('##') || line.startsWith('-DOCSTART-')) return;
    const cells = isTabbed ? line.split('\t') : line.trim().split(/ +/);
    const blame = (expected: string) => violations.push(`data ${file}:${i + 1}: expected ${expected}`);
    first ??= { width: Math.max(cells.length, needed), line: i + 1 };
    const [word, tag] = [cells[columns.word], cells[columns.tag]];
    if (cells.length < needed) blame(`at least ${needed} columns, found ${cells.length}: ${excerpt(line)}`);
    else if (cells.length !== first.width) {
      blame(`${first.width} columns, as line ${first.line} has, found ${cells.length}: ${excerpt(line)}`);
    } else if (word === '') blame(`a word in column ${columns.word}, got none: ${excerpt(line)}`);
    else if (tag.trim() === '') blame(`a tag in column ${columns.tag}, got none: ${excerpt(line)}`);
    else collected.add(word, tag.trim(), i + 1);
  });
  collected.close();
  return { sentences: collected.sentences, violations };
}
