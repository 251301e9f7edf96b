import { isAbsolute, join } from 'node:path';
import { InputError, reportAll } from '../../io/error.ts';

const REPORTED = 5;
const EXCERPT = 60;

/** The path of a data file; relative paths start at `root`. */
export function within(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/**
 * Where an example begins in a file, for messages: `train.tsv:1042`.
 *
 * @param line undefined when there is no such example.
 * @throws {RangeError} when `line` is undefined; the message names `what`.
 */
export function whereIs(file: string, what: string, line: number | undefined): string {
  if (line === undefined) throw new RangeError(`data ${file}: there is no ${what}`);
  return `${file}:${line}`;
}

/** The beginning of a line in quotes, for messages. */
export function excerpt(line: string): string {
  return JSON.stringify(line.slice(0, EXCERPT));
}

/** Throws if a file has faulty lines, or others of `what`: the first few are listed, the rest are counted. */
export function refuse(violations: readonly string[], what = 'lines'): void {
  if (violations.length === 0) return;
  if (violations.length === 1) throw new InputError(violations[0]);
  const shown = violations.slice(0, REPORTED);
  if (violations.length > REPORTED) shown.push(`and ${violations.length - REPORTED} more`);
  throw reportAll(`data: ${violations.length} ${what} cannot be used`, shown);
}
