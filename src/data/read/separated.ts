import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { composedName } from './column-name.ts';
import { parseCsv, type TableRow } from './csv.ts';
import { excerpt, refuse } from './data-file.ts';
import type { ReadingNotes } from './reading-note.ts';

/** A column: its name in the header, its number from 0, or in JSON its field. */
export type Column = number | string;

/** How the cells of a line are separated. */
export interface SeparatedForm {
  /** `csv` has quotes; `tsv` takes cells verbatim. */
  readonly kind: 'csv' | 'tsv';
  /** Default: a comma in CSV, a tab in TSV. */
  readonly delimiter?: string | undefined;
  /** Whether the first row names the columns. Default: true if a column is chosen by name. */
  readonly header?: boolean | undefined;
}

/** The cells of the chosen columns, one per row, and the line on which each row begins; the header is not a row. */
export interface SeparatedTable<Name extends string> {
  readonly cells: Readonly<Record<Name, readonly string[]>>;
  readonly lines: readonly number[];
}

const usualDelimiters = { csv: ',', tsv: '\t' } as const;

/** Delimiters that other tables commonly use. */
const likelyDelimiters = [';', ',', '\t', '|'] as const;

const delimiterNames = new Map([
  [',', 'comma-separated'],
  ['\t', 'tab-separated'],
]);

const separatedBy = (delimiter: string): string => delimiterNames.get(delimiter) ?? `${excerpt(delimiter)}-separated`;

const isBlank = ({ cells }: TableRow): boolean => cells.length === 1 && cells[0]?.trim() === '';

/**
 * Splits the lines of a table into rows. Blank lines are skipped; those before a row are counted.
 *
 * @throws {InputError} when there are no rows, a column is missing, or a row has another number of columns.
 */
export function parseSeparated<Name extends string>(
  lines: readonly string[],
  file: string,
  columns: ReadonlyMap<Name, Column>,
  form: SeparatedForm,
  notes: ReadingNotes,
): SeparatedTable<Name> {
  const delimiter = form.delimiter ?? usualDelimiters[form.kind];
  const all: readonly TableRow[] =
    form.kind === 'csv'
      ? parseCsv(lines, file, delimiter)
      : lines.map((line, i) => ({ cells: line.split(delimiter), line: i + 1 }));
  const last = all.findLastIndex((row) => !isBlank(row));
  const found = all.slice(0, last + 1).filter((row) => !isBlank(row));
  notes.count('blank', last + 1 - found.length);
  const wanted = [...columns.values()];
  const hasHeader = form.header ?? wanted.some((column) => typeof column === 'string');
  refuseOneColumn(file, found[0], wanted, delimiter);
  const titles = hasHeader ? found[0] : undefined;
  const rows = titles ? found.slice(1) : found;
  if (rows.length === 0)
    throw new InputError(`data ${file}: expected rows${titles ? ' below the header' : ''}, got none`);
  const places = Array.from(columns, ([name, column]) => [name, placeOf(file, column, titles)] as const);
  const needed = Math.max(...places.map(([, place]) => place)) + 1;
  const first = titles ?? (form.kind === 'csv' ? rows[0] : undefined);
  refuseWidths(file, found, lines, { first, needed, separated: separatedBy(delimiter) });
  // Every row is wide enough here; others have been refused.
  const cells = Object.fromEntries(places.map(([name, place]) => [name, rows.map((row) => row.cells[place]!)]));
  return { cells: cells as Record<Name, string[]>, lines: rows.map(({ line }) => line) };
}

/** @throws {InputError} when several columns are needed, the row has one, and another delimiter is likely. */
function refuseOneColumn(
  file: string,
  first: TableRow | undefined,
  wanted: readonly Column[],
  delimiter: string,
): void {
  const [cell, second] = first?.cells ?? [];
  if (first === undefined || cell === undefined || second !== undefined) return;
  const isThere = (column: Column) =>
    typeof column === 'string' ? composedName(column) === composedName(cell) : column === 0;
  if (wanted.every(isThere)) return;
  const likely = likelyDelimiters.find((one) => one !== delimiter && cell.includes(one));
  if (likely === undefined) return;
  const remedy = `if they are separated by ${excerpt(likely)}, set delimiter: ${excerpt(likely)}`;
  throw new InputError(
    `data ${file}:${first.line}: expected ${separatedBy(delimiter)} columns, got one: ${excerpt(cell)}; ${remedy}`,
  );
}

function placeOf(file: string, column: Column, titles: TableRow | undefined): number {
  if (typeof column === 'number') return column;
  const names = titles?.cells.map((cell) => cell.trim()) ?? [];
  const composed = names.map(composedName);
  const place = composed.indexOf(composedName(column));
  const [where, got] = [`data ${file}:${titles?.line}`, `got the header ${names.join(', ')}`];
  if (place < 0) throw new InputError(`${where}: expected a column "${column}", ${got}${didYouMean(column, names)}`);
  if (composed.lastIndexOf(composedName(column)) !== place)
    throw new InputError(`${where}: expected one column "${column}", ${got}`);
  return place;
}

/** With a header, or in CSV, all rows have the width of the first; other rows need only the chosen columns. */
function refuseWidths(
  file: string,
  rows: readonly TableRow[],
  lines: readonly string[],
  {
    first,
    needed,
    separated,
  }: { readonly first: TableRow | undefined; readonly needed: number; readonly separated: string },
): void {
  const width = first?.cells.length;
  const few = `expected at least ${needed} ${separated} column${needed === 1 ? '' : 's'}`;
  const exact = `expected ${width} ${separated} columns, as line ${first?.line} has`;
  refuse(
    rows.flatMap(({ cells, line }) => {
      const must = cells.length < needed ? few : width !== undefined && cells.length !== width ? exact : undefined;
      return must ? [`data ${file}:${line}: ${must}, found ${cells.length}: ${excerpt(lines[line - 1] ?? '')}`] : [];
    }),
  );
}
