import { isAbsolute, join } from 'node:path';
import { InputError, reportAll } from '../io/error.ts';
import { readLines } from '../io/text-file.ts';

/** One split of a recipe's `data`: two files that belong together line by line, or two columns of one file. */
export type ParallelEntry =
  | { source: string; target: string }
  | { file: string; columns: { source: number; target: number } };

/** Pairs of texts in the order of the file; `source` and `target` have equal length. */
export interface ParallelText {
  source: string[];
  target: string[];
  /** Where pair `index` stands, for messages: `train.tsv:1042`. */
  origin(index: number): string;
}

const REPORTED = 5;
const EXCERPT = 60;

/**
 * Reads parallel text; paths that are not absolute are relative to `root`, a name in `.gz` is read through gzip.
 *
 * Columns are separated by tabs, counted from 0, and taken as they stand: no quoting.
 *
 * @throws {InputError} when a file is missing, empty, torn or not UTF-8, the two files differ in length, a line has too few
 * columns, or one side of a pair is blank.
 */
export async function readParallel(root: string, entry: ParallelEntry): Promise<ParallelText> {
  const text = 'file' in entry ? await readColumns(root, entry) : await readTwoFiles(root, entry);
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

async function readColumns(
  root: string,
  { file, columns }: { file: string; columns: { source: number; target: number } },
): Promise<ParallelText> {
  for (const [side, column] of Object.entries(columns)) {
    if (Number.isInteger(column) && column >= 0) continue;
    throw new InputError(`data ${file}: columns.${side} must be an integer from 0 on, got ${column}`);
  }
  const rows = (await readLines(within(root, file))).map((line) => line.split('\t'));
  const needed = Math.max(columns.source, columns.target) + 1;
  const few = rows.flatMap((row, i) =>
    row.length >= needed
      ? []
      : [
          `data ${file}:${i + 1}: expected ${columnCount(needed)}, found ${row.length}: ` +
            JSON.stringify(row.join('\t').slice(0, EXCERPT)),
        ],
  );
  refuse(few);
  return {
    source: rows.map((row) => row[columns.source]),
    target: rows.map((row) => row[columns.target]),
    origin: (index) => `${file}:${index + 1}`,
  };
}

function within(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

function columnCount(count: number): string {
  return count === 1 ? '1 column' : `at least ${count} tab-separated columns`;
}

function refuse(violations: readonly string[]): void {
  if (violations.length === 0) return;
  if (violations.length === 1) throw new InputError(violations[0]);
  const shown = violations.slice(0, REPORTED);
  if (violations.length > REPORTED) shown.push(`and ${violations.length - REPORTED} more`);
  throw reportAll(`data: ${violations.length} lines cannot be used`, shown);
}
