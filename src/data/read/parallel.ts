import { InputError } from '../../io/error.ts';
import { readLines } from '../../io/text-file.ts';
import { refuse, within } from './data-file.ts';
import { joined } from './json-lines.ts';
import { type Column, readColumns, type TableFile } from './table.ts';

/** Two columns of a table. */
export interface ParallelTable extends TableFile {
  columns: { source: Column; target: Column };
}

/** One split of a recipe's `data`: two files that belong together line by line, or two columns of one file. */
export type ParallelEntry = { source: string; target: string } | ParallelTable;

/** Pairs of texts in the order of the file; `source` and `target` have equal length. */
export interface ParallelText {
  source: string[];
  target: string[];
  /** Where pair `index` stands, for messages: `train.tsv:1042`. */
  origin(index: number): string;
}

/**
 * Reads parallel text; paths that are not absolute are relative to `root`, a name in `.gz` is read through gzip.
 *
 * A table is read by its name's ending, tab-separated when that tells nothing. A list of sentences, which JSON may hold,
 * is one source text.
 *
 * @throws {InputError} when a file is missing, empty, torn or not UTF-8, the two files differ in length, a line has too few
 * columns, or one side of a pair is blank.
 */
export async function readParallel(root: string, entry: ParallelEntry): Promise<ParallelText> {
  const text = 'file' in entry ? await readPairs(root, entry) : await readTwoFiles(root, entry);
  const blank = text.source.flatMap((source, i) => {
    const side = source.trim() === '' ? 'source' : text.target[i].trim() === '' ? 'target' : undefined;
    return side ? [`data ${text.origin(i)}: expected text on both sides, got a blank ${side}`] : [];
  });
  refuse(blank);
  return text;
}

async function readTwoFiles(root: string, entry: { source: string; target: string }): Promise<ParallelText> {
  const [source, target] = await Promise.all([entry.source, entry.target].map((path) => readLines(within(root, path))));
  if (source.length !== target.length) {
    throw new InputError(
      `data ${entry.source} and ${entry.target}: expected the same number of lines, ` +
        `got ${source.length} in ${entry.source} and ${target.length} in ${entry.target}`,
    );
  }
  return { source, target, origin: (index) => `${entry.source}:${index + 1}` };
}

async function readPairs(root: string, { columns, ...table }: ParallelTable): Promise<ParallelText> {
  const { cells, where } = await readColumns(root, table, columns, 'tsv');
  refuse(
    cells.target.flatMap((cell, i) =>
      typeof cell === 'string' || cell.length === 1
        ? []
        : [`data ${where(i)}: expected one target text, got a list of ${cell.length}`],
    ),
  );
  return { source: cells.source.map(joined), target: cells.target.map(joined), origin: where };
}
