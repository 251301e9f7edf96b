import { InputError } from '../../io/error.ts';
import { type ReadOptions, readLines } from '../../io/text-file.ts';
import { composedName } from './column-name.ts';
import { whereIs, within } from './data-file.ts';
import { headerNotes } from './header-note.ts';
import { type Cell, parseJsonLines } from './json-lines.ts';
import { ReadingNotes } from './reading-note.ts';
import { type Column, parseSeparated } from './separated.ts';
import { type TableFormat, tableFormats } from './table-format.ts';

export type { Column } from './separated.ts';
export { type TableFormat, tableFormats } from './table-format.ts';

/** A file with one example per row. */
export interface TableFile {
  file: string;
  /** Default: by the name of the file, .csv, .tsv, .txt, .jsonl or .json, before a `.gz` if there is one. */
  format?: TableFormat;
  /** Separates the columns. Default: a comma in CSV, a tab in TSV. */
  delimiter?: string;
  /** Whether the first row names the columns. Default: true if a column is chosen by name. */
  header?: boolean;
}

/** The cells of the chosen columns, one per row. */
export interface TableColumns<Name extends string> {
  readonly cells: Readonly<Record<Name, readonly Cell[]>>;
  /** Where row `index` begins, for messages: `train.tsv:1042`. */
  where(index: number): string;
  /** What was skipped or replaced in the file, one message per kind. */
  readonly notes: readonly string[];
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
 * Reads columns of a table. Relative paths start at `root`; a file whose name ends in `.gz` is unpacked. Blank lines
 * are skipped; those before a row are counted.
 *
 * @param otherwise the format of a file if its name does not say.
 * @param objects the columns that hold JSON objects, which stay as they are written.
 * @throws {InputError} when the file cannot be read as a table, a column is missing, or a row has another number of
 *   columns.
 */
export async function readColumns<Name extends string>(
  root: string,
  { file, format, delimiter, header }: TableFile,
  columns: Readonly<Record<Name, Column>>,
  {
    otherwise,
    objects,
    ...options
  }: ReadOptions & { readonly otherwise?: TableFormat; readonly objects?: readonly NoInfer<Name>[] } = {},
): Promise<TableColumns<Name>> {
  const kind = format ?? formatOf(file) ?? otherwise;
  if (!kind || !tableFormats.includes(kind)) {
    throw new InputError(
      `data ${file}: expected a name that ends in .csv, .tsv, .txt, .jsonl or .json, or a format (${tableFormats.join(', ')}), ` +
        `got ${format === undefined ? 'neither' : JSON.stringify(format)}`,
    );
  }
  const names = Object.keys(columns) as Name[];
  for (const name of names) checkColumn(file, name, columns[name], kind, header);
  checkDifferent(file, columns);
  checkForm(file, kind, { delimiter, header });
  const lines = await readLines(within(root, file), options);
  const notes = new ReadingNotes();
  if (kind === 'jsonl') {
    const rows = parseJsonLines(lines, file, columns as Record<Name, string>, notes, objects);
    const cells = Object.fromEntries(names.map((name) => [name, rows.map((row) => row.cells[name])]));
    return {
      cells: cells as Record<Name, Cell[]>,
      where: (index) => whereIs(file, `example ${index}`, rows[index]?.line),
      notes: notes.lines(file),
    };
  }
  const wanted = new Map(names.map((name) => [name, columns[name]]));
  const table = parseSeparated(lines, file, wanted, { kind, delimiter, header }, notes);
  const where = (index: number) => whereIs(file, `example ${index}`, table.lines[index]);
  const first = names.map((name) => table.cells[name][0] ?? '');
  // With a column chosen by name there is a header; otherwise the recipe says whether there is one.
  const isSaid = header !== undefined || [...wanted.values()].some((column) => typeof column === 'string');
  return { cells: table.cells, where, notes: [...notes.lines(file), ...(isSaid ? [] : headerNotes(first, where(0)))] };
}

function formatOf(file: string): TableFormat | undefined {
  return formatOfEnding.get(/\.([^./\\]+)(?:\.gz)?$/.exec(file.toLowerCase())?.[1] ?? '');
}

function checkColumn(file: string, name: string, column: Column, kind: TableFormat, header?: boolean): void {
  const blame = (must: string) => new InputError(`data ${file}: columns.${name} must be ${must}`);
  if (typeof column === 'string') {
    if (header === false && kind !== 'jsonl') throw blame(`a number without a header, got ${JSON.stringify(column)}`);
  } else if (kind === 'jsonl') throw blame(`the name of a field in JSON lines, got ${column}`);
  else if (!Number.isInteger(column) || column < 0) throw blame(`an integer ≥ 0, got ${column}`);
}

/** @throws {InputError} when one column has two roles, such as text and label: the model could read its own label. */
export function checkDifferent(file: string, columns: Readonly<Record<string, Column>>): void {
  const names = new Map<Column, string>();
  for (const [name, column] of Object.entries(columns)) {
    const compared = typeof column === 'string' ? composedName(column) : column;
    const other = names.get(compared);
    if (other !== undefined) {
      const got = JSON.stringify(column);
      throw new InputError(`data ${file}: columns.${other} and columns.${name} must be different, got ${got} twice`);
    }
    names.set(compared, name);
  }
}

/** JSON lines have fields instead of delimited columns, and names in every row instead of a header. */
function checkForm(file: string, kind: TableFormat, form: Pick<TableFile, 'delimiter' | 'header'>): void {
  const blame = (name: string, must: string, got: unknown) =>
    new InputError(`data ${file}: ${name} must be ${must}, got ${JSON.stringify(got)}`);
  const idle = kind === 'jsonl' ? Object.entries(form).find(([, value]) => value !== undefined) : undefined;
  if (idle) throw blame(idle[0], 'left out for JSON lines', idle[1]);
  if (form.delimiter === undefined || /^[^"\n\r]+$/.test(form.delimiter)) return;
  throw blame('delimiter', 'a text without quotes or newlines', form.delimiter);
}
