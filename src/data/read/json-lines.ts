import { InputError } from '../../io/error.ts';
import { type JsonFault, jsonFault } from '../../io/json-fault.ts';
import { didYouMean } from '../../io/nearest.ts';
import { loneSurrogates, wellFormed } from '../../io/surrogate.ts';
import { composedName } from './column-name.ts';
import { excerpt, refuse } from './data-file.ts';
import type { ReadingNotes } from './reading-note.ts';

/** The value of a column in one row; only JSON has lists. */
export type Cell = string | readonly string[];

/** A list of sentences is joined to one text. */
export function joined(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.join(' ');
}

/** A row of JSON lines: the values of the requested fields, and its line, from 1. */
export interface JsonRow<Name extends string> {
  readonly cells: Readonly<Record<Name, Cell>>;
  readonly line: number;
}

/**
 * Reads the named fields of JSON objects, one per line. Blank lines are skipped; those before a row are counted.
 * Numbers, true and false become text exactly as written, with every digit. A lone surrogate becomes U+FFFD.
 *
 * @param objects the fields that hold objects; these become text as written, too.
 * @throws {InputError} when a line is not a JSON object, lacks a field, or has a field of another type.
 */
export function parseJsonLines<Name extends string>(
  lines: readonly string[],
  file: string,
  fields: Readonly<Record<Name, string>>,
  notes: ReadingNotes,
  objects: readonly Name[] = [],
): JsonRow<Name>[] {
  const violations: string[] = [];
  const rows: JsonRow<Name>[] = [];
  let blanks = 0;
  lines.forEach((line, i) => {
    if (line.trim() === '') return void blanks++;
    notes.count('blank', blanks);
    blanks = 0;
    const blame = (reason: string, at = '') => void violations.push(`data ${file}:${i + 1}${at}: ${reason}`);
    const members = new Map<string, string>();
    const fault = jsonFault(line, (name, from, to) => members.set(name, line.slice(from, to)));
    if (rows.length === 0 && violations.length === 0) refuseWholeJson(line, `data ${file}:${i + 1}`, fault);
    if (fault) return blame(`${fault.reason}, got ${excerpt(line.slice(fault.at))}`, `:${fault.at + 1}`);
    if (!line.trimStart().startsWith('{')) {
      return blame(`expected an object { … } on every line, got ${excerpt(line)}`);
    }
    const cells: Partial<Record<Name, Cell>> = {};
    const names = [...members.keys()];
    for (const [name, field] of Object.entries(fields) as [Name, string][]) {
      const isObject = objects.includes(name);
      const [found, other] = names.filter((one) => composedName(one) === composedName(field));
      const source = found === undefined ? '' : (members.get(found) ?? '');
      const cell = isObject ? objectOf(source) : cellOf(source, notes);
      if (found === undefined) {
        blame(
          `expected a field "${field}", got ${names.length > 0 ? `the fields ${names.join(', ')}` : 'none'}${didYouMean(field, names)}`,
        );
      } else if (other !== undefined)
        blame(`expected one field "${field}", got several that differ only in Unicode form`);
      else if (cell !== undefined) cells[name] = cell;
      else
        blame(
          `expected ${isObject ? 'an object' : 'a text, a number or a list of texts'} in "${field}", got ${source.slice(0, 40)}`,
        );
    }
    rows.push({ cells: cells as Record<Name, Cell>, line: i + 1 });
  });
  refuse(violations);
  if (rows.length === 0) throw new InputError(`data ${file}: expected rows, got none`);
  return rows;
}

/**
 * @throws {InputError} when a file is one JSON text over several lines, or a list of objects; the message shows how to
 *   convert it.
 */
function refuseWholeJson(line: string, where: string, fault: JsonFault | undefined): void {
  const refused = (got: string, write: string, call: string) =>
    new InputError(
      `${where}: expected a JSON object on every line, got ${got}; write ${write}, for example with: ${call}`,
    );
  if (line.trimStart().startsWith('[')) throw refused('a list', 'one item per line', "jq -c '.[]'");
  const isUnfinished = fault?.at === line.length && /[{[,:]\s*$/.test(line);
  if (isUnfinished && line.trimStart().startsWith('{'))
    throw refused('one over several lines', 'one object per line', 'jq -c .');
}

/** An object as a cell: its JSON source. */
const objectOf = (source: string): Cell | undefined => (source.startsWith('{') ? source : undefined);

/** A member's value as a cell, from its JSON source. */
function cellOf(source: string, notes: ReadingNotes): Cell | undefined {
  if (/^[-\dtf]/.test(source)) return source;
  if (!/^["[]/.test(source)) return undefined;
  const value: unknown = JSON.parse(source);
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return undefined;
  for (const text of list) notes.count('surrogate', loneSurrogates(text));
  return typeof value === 'string' ? wellFormed(value) : list.map(wellFormed);
}
