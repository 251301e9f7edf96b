import { CsvError, parse } from 'csv-parse/sync';
import { InputError } from '../../io/error.ts';
import { excerpt } from './data-file.ts';

/** A row of a table and the line on which it begins, from 1; in CSV a quoted cell can hold newlines. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Our messages for csv-parse's error codes. */
const reasons = new Map<string, string>([
  ['CSV_QUOTE_NOT_CLOSED', 'expected every quoted cell to be closed by ", got the end of the file'],
  ['CSV_INVALID_CLOSING_QUOTE', 'expected the delimiter or the end of the line after a closing quote, got more text'],
  ['INVALID_OPENING_QUOTE', 'expected quotes only around a whole cell (doubled inside it), got one inside a cell'],
]);

/**
 * Rows of cells separated by `delimiter`. A quoted cell can hold the delimiter, newlines and doubled quotes.
 *
 * Only lines with quotes go through a parser: it takes a hundred times as long for rows, blank lines included, whose number of cells differs from the first row's.
 *
 * Source: RFC 4180.
 * @throws {InputError} when quotes do not match; the message names the line on which the row begins.
 */
export function parseCsv(lines: readonly string[], file: string, delimiter = ','): TableRow[] {
  const rows: TableRow[] = [];
  let quoted: string[] = [];
  let isOpen = false;
  const endQuoted = (end: number): void => {
    if (quoted.length === 0) return;
    for (const row of quotedRows(quoted, { file, delimiter, start: end - quoted.length })) rows.push(row);
    quoted = [];
  };
  for (const [at, line] of lines.entries()) {
    if (isOpen || line.includes('"')) {
      quoted.push(line);
      if ((line.split('"').length - 1) % 2 === 1) isOpen = !isOpen;
    } else {
      endQuoted(at);
      rows.push({ cells: line.split(delimiter), line: at + 1 });
    }
  }
  endQuoted(lines.length);
  return rows;
}

function quotedRows(
  lines: readonly string[],
  { file, delimiter, start }: { readonly file: string; readonly delimiter: string; readonly start: number },
): TableRow[] {
  const rows: TableRow[] = [];
  let line = start + 1;
  try {
    parse(lines.join('\n'), {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
      on_record(cells: string[]) {
        rows.push({ cells, line });
        // csv-parse counts a \r inside a cell as a line.
        line += cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 1);
        return null;
      },
    });
  } catch (error) {
    const reason = error instanceof CsvError ? reasons.get(error.code) : undefined;
    if (!reason) throw error;
    throw new InputError(`data ${file}:${line}: ${reason}, in the row ${excerpt(lines[line - start - 1] ?? '')}`);
  }
  return rows;
}
