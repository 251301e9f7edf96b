import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { readLines } from '../../io/text-file.ts';
import { parseCsv, type TableRow } from './csv.ts';
import { excerpt, refuse, within } from './data-file.ts';
import { type Cell, parseJsonLines } from './json-lines.ts';

const formats = ['csv', 'tsv', 'jsonl'] as const;

/** `csv`: commas and quotes; `tsv`: tabs, taken as they stand; `jsonl`: a JSON object a line. */
export type TableFormat = (typeof formats)[number];

/** A column by its name in the header, or by its number from 0; of JSON the field's name. */
export type Column = number | string;

/** A file with a row per example. */
export interface TableFile {
  file: string;
  /** Default: by the file's name, .csv, .tsv or .txt, .jsonl or .json, `.gz` behind it aside. */
  format?: TableFormat;
  /** Whether the first row names the columns. Default: when a column is chosen by name. */
  header?: boolean;
}

/** The chosen columns, a cell a row. */
export interface TableColumns<Name extends string> {
  readonly cells: Readonly<Record<Name, readonly Cell[]>>;
  /** Where row `index` begins, for messages: `train.tsv:1042`. */
  where(index: number): string;
}

const formatOfEnding = new Map<string, TableFormat>([
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['txt', 'tsv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'jsonl'],
]);

/**
 * Reads columns of a table; paths that are not absolute are relative to `root`, a name in `.gz` is read through gzip.
 *
 * @param otherwise is the format of a file whose name tells none.
 * @throws {InputError} when the file cannot be read as a table, a column is not there, or a row has another width.
 */
export async function readColumns<Name extends string>(
  root: string,
  { file, format, header }: TableFile,
  columns: Readonly<Record<Name, Column>>,
  otherwise?: TableFormat,
): Promise<TableColumns<Name>> {
  const kind = format ?? formatOf(file) ?? otherwise;
  if (!kind || !formats.includes(kind)) {
    throw new InputError(
      `data ${file}: expected a name in .csv, .tsv, .txt, .jsonl, .json or a format of ${formats.join(', ')}, ` +
        `got ${format === undefined ? 'neither' : JSON.stringify(format)}`,
    );
  }
  const names = Object.keys(columns) as Name[];
  for (const name of names) checkColumn(file, name, columns[name], kind, header);
  const lines = await readLines(within(root, file));
  const pick = (cell: (name: Name) => Cell[]) =>
    Object.fromEntries(names.map((name) => [name, cell(name)])) as Record<Name, Cell[]>;
  if (kind === 'jsonl') {
    const rows = parseJsonLines(lines, file, columns as Record<Name, string>);
    return { cells: pick((name) => rows.map((row) => row[name])), where: (index) => `${file}:${index + 1}` };
  }
  const rows =
    kind === 'csv' ? parseCsv(lines, file) : lines.map((line, i) => ({ cells: line.split('\t'), line: i + 1 }));
  const hasHeader = header ?? names.some((name) => typeof columns[name] === 'string');
  const titles = hasHeader ? rows.shift() : undefined;
  if (rows.length === 0) throw new InputError(`data ${file}: expected rows below the header, got none`);
  const places = new Map(names.map((name) => [name, placeOf(file, columns[name], titles)]));
  checkWidths(file, kind, rows, lines, titles, Math.max(...places.values()) + 1);
  return {
    cells: pick((name) => rows.map((row) => row.cells[places.get(name)!])),
    where: (index) => `${file}:${rows[index].line}`,
  };
}

function formatOf(file: string): TableFormat | undefined {
  return formatOfEnding.get(/\.([^./\\]+)(?:\.gz)?$/.exec(file.toLowerCase())?.[1] ?? '');
}

function checkColumn(file: string, name: string, column: Column, kind: TableFormat, header?: boolean): void {
  const blame = (must: string) => new InputError(`data ${file}: columns.${name} must be ${must}`);
  if (typeof column === 'string') {
    if (header === false && kind !== 'jsonl') throw blame(`a number without a header, got ${JSON.stringify(column)}`);
  } else if (kind === 'jsonl') throw blame(`the name of a field in JSON lines, got ${column}`);
  else if (!Number.isInteger(column) || column < 0) throw blame(`an integer from 0 on, got ${column}`);
}

function placeOf(file: string, column: Column, titles: TableRow | undefined): number {
  if (typeof column === 'number') return column;
  const names = titles?.cells.map((cell) => cell.trim()) ?? [];
  const place = names.indexOf(column);
  const got = `got the header ${names.join(', ')}`;
  if (place < 0) {
    throw new InputError(`data ${file}:1: expected a column "${column}", ${got}${didYouMean(column, names)}`);
  }
  if (names.lastIndexOf(column) !== place) {
    throw new InputError(`data ${file}:1: expected one column "${column}", ${got}`);
  }
  return place;
}

/** A header, and CSV's first row, tell how wide every row is; of other rows only what is needed must be there. */
function checkWidths(
  file: string,
  kind: 'csv' | 'tsv',
  rows: readonly TableRow[],
  lines: readonly string[],
  titles: TableRow | undefined,
  needed: number,
): void {
  const first = titles ?? (kind === 'csv' ? rows[0] : undefined);
  const width = first?.cells.length;
  const separated = kind === 'csv' ? 'comma-separated' : 'tab-separated';
  const few = `expected at least ${needed} ${separated} column${needed === 1 ? '' : 's'}`;
  const exact = `expected ${width} ${separated} columns, as line ${first?.line} has`;
  const found = ({ cells, line }: TableRow) => `found ${cells.length}: ${excerpt(lines[line - 1])}`;
  refuse(
    (titles ? [titles, ...rows] : rows).flatMap((row) => {
      if (row.cells.length < needed) return [`data ${file}:${row.line}: ${few}, ${found(row)}`];
      if (width !== undefined && row.cells.length !== width)
        return [`data ${file}:${row.line}: ${exact}, ${found(row)}`];
      return [];
    }),
  );
}
