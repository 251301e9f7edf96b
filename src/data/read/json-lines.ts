import { jsonFault } from '../../io/json-fault.ts';
import { didYouMean } from '../../io/nearest.ts';
import { excerpt, refuse } from './data-file.ts';

/** What a column holds in one row; only JSON has lists. */
export type Cell = string | readonly string[];

/** A list of sentences is one text. */
export function joined(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.join(' ');
}

/**
 * The cells of the named fields, of JSON objects, one a line. Numbers, true and false become their text.
 *
 * @throws {InputError} when a line is no JSON object, lacks a field, or has something else than texts in it.
 */
export function parseJsonLines<Name extends string>(
  lines: readonly string[],
  file: string,
  fields: Readonly<Record<Name, string>>,
): Record<Name, Cell>[] {
  const violations: string[] = [];
  const rows = lines.map((line, i) => {
    const row = {} as Record<Name, Cell>;
    const blame = (reason: string, at = '') => violations.push(`data ${file}:${i + 1}${at}: ${reason}`);
    const fault = jsonFault(line);
    if (fault) {
      blame(
        `${fault.reason}, got ${line.trim() === '' ? 'a blank line' : excerpt(line.slice(fault.at))}`,
        `:${fault.at + 1}`,
      );
      return row;
    }
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      blame(`expected an object { … } on every line, got ${excerpt(line)}`);
      return row;
    }
    for (const [name, field] of Object.entries<string>(fields)) {
      const cell = Object.hasOwn(value, field) ? cellOf(Reflect.get(value, field)) : undefined;
      if (cell !== undefined) row[name as Name] = cell;
      else if (Object.hasOwn(value, field)) {
        blame(`expected a text, a number or a list of texts in "${field}", got ${shown(Reflect.get(value, field))}`);
      } else blame(`expected a field "${field}", got ${namesOf(value)}${didYouMean(field, Object.keys(value))}`);
    }
    return row;
  });
  refuse(violations);
  return rows;
}

function cellOf(value: unknown): Cell | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 40);
}

function namesOf(value: object): string {
  const names = Object.keys(value);
  return names.length === 0 ? 'none' : names.join(', ');
}
