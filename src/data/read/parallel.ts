import { InputError } from '../../io/error.ts';
import { type ReadOptions, readLines } from '../../io/text-file.ts';
import { refuse, whereIs, within } from './data-file.ts';
import { joined } from './json-lines.ts';
import { ReadingNotes } from './reading-note.ts';
import { type Column, readColumns, type TableFile } from './table.ts';

/** Two columns of a table. */
export interface ParallelTable extends TableFile {
  columns: { source: Column; target: Column };
}

/** One split of a recipe's `data`: two files aligned line by line, or two columns of one file. */
export type ParallelEntry = { source: string; target: string } | ParallelTable;

/** Pairs of texts in the order of the file; `source` and `target` have the same length. */
export interface ParallelText {
  source: string[];
  target: string[];
  /** Where pair `index` is, for messages: `train.tsv:1042`. */
  origin(index: number): string;
  /** What was skipped or replaced in the files, one message per kind; absent when nothing was read. */
  readonly notes?: readonly string[];
}

/**
 * Reads parallel text. Relative paths start at `root`; a file whose name ends in `.gz` is unpacked.
 *
 * The format of a table follows from the ending of its name; the default is tab-separated. In JSON, a list of sentences
 * is one source text.
 *
 * @throws {InputError} when a file is missing, empty, truncated or not UTF-8, when the two files differ in length, a
 *   line has too few columns, or one side of a pair is blank.
 */
export async function readParallel(
  root: string,
  entry: ParallelEntry,
  options: ReadOptions = {},
): Promise<ParallelText> {
  const text = 'file' in entry ? await readPairs(root, entry, options) : await readTwoFiles(root, entry, options);
  const blank = text.source.flatMap((source, i) => {
    const side = source.trim() === '' ? 'source' : (text.target[i] ?? '').trim() === '' ? 'target' : undefined;
    return side ? [`data ${text.origin(i)}: expected text on both sides, got a blank ${side}`] : [];
  });
  refuse(blank);
  return text;
}

/** Skips lines that are blank in both files, and at the end also lines that are blank in one. */
async function readTwoFiles(
  root: string,
  entry: { source: string; target: string },
  options: ReadOptions,
): Promise<ParallelText> {
  const read = (path: string) => readLines(within(root, path), options);
  const [source, target] = await Promise.all([read(entry.source), read(entry.target)]);
  const isBlank = (i: number) => [source[i], target[i]].every((line = '') => line.trim() === '');
  let length = Math.max(source.length, target.length);
  while (length > 0 && isBlank(length - 1)) length--;
  if (length > Math.min(source.length, target.length)) {
    throw new InputError(
      `data ${entry.source} and ${entry.target}: expected the same number of lines, ` +
        `got ${source.length} in ${entry.source} and ${target.length} in ${entry.target}`,
    );
  }
  const kept = source
    .slice(0, length)
    .flatMap((text, i) => (isBlank(i) ? [] : [{ source: text, target: target[i] ?? '', line: i + 1 }]));
  if (kept.length === 0) throw new InputError(`data ${entry.source}: expected text, got only blanks`);
  const notes = new ReadingNotes();
  notes.count('blank', length - kept.length);
  return {
    source: kept.map((pair) => pair.source),
    target: kept.map((pair) => pair.target),
    origin: (index) => whereIs(entry.source, `example ${index}`, kept[index]?.line),
    notes: notes.lines(`${entry.source} and ${entry.target}`),
  };
}

async function readPairs(
  root: string,
  { columns, ...table }: ParallelTable,
  options: ReadOptions,
): Promise<ParallelText> {
  const { cells, where, notes } = await readColumns(root, table, columns, { ...options, otherwise: 'tsv' });
  refuse(
    cells.target.flatMap((cell, i) =>
      typeof cell === 'string' || cell.length === 1
        ? []
        : [`data ${where(i)}: expected one target text, got a list of ${cell.length}`],
    ),
  );
  return { source: cells.source.map(joined), target: cells.target.map(joined), origin: where, notes };
}
