import { isAbsolute, join } from 'node:path';
import { InputError, reportAll } from '../../io/error.ts';

const REPORTED = 5;
const EXCERPT = 60;

/** Where a data file lies: paths that are not absolute are relative to `root`. */
export function within(root: string, path: string): string {
  return isAbsolute(path) ? path : join(root, path);
}

/**
 * Where an example of a file begins, for messages: `train.tsv:1042`.
 *
 * @param line undefined where there is no such example.
 * @throws {RangeError} then, by the name `what`.
 */
export function whereIs(file: string, what: string, line: number | undefined): string {
  if (line === undefined) throw new RangeError(`data ${file}: there is no ${what}`);
  return `${file}:${line}`;
}

/** The beginning of a line, quoted, for messages. */
export function excerpt(line: string): string {
  return JSON.stringify(line.slice(0, EXCERPT));
}

/** Refuses a file for its faulty lines, if there are any: the first few are listed one by one, the rest counted. */
export function refuse(violations: readonly string[]): void {
  if (violations.length === 0) return;
  if (violations.length === 1) throw new InputError(violations[0]);
  const shown = violations.slice(0, REPORTED);
  if (violations.length > REPORTED) shown.push(`and ${violations.length - REPORTED} more`);
  throw reportAll(`data: ${violations.length} lines cannot be used`, shown);
}
