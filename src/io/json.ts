import { InputError } from './error.ts';
import { jsonFault } from './json-fault.ts';

/** Line and column of a character, both from 1. */
export function linePosition(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

/**
 * Parses JSON from outside.
 *
 * Stricter than `JSON.parse`, which keeps the last of equal keys: here a key may occur once in an object.
 * @param file names the text in errors.
 * @throws {InputError} with line and column.
 */
export function parseJson(text: string, file: string): unknown {
  let value: unknown;
  let isValid = true;
  try {
    value = JSON.parse(text);
  } catch {
    isValid = false;
  }
  const fault = jsonFault(text);
  if (isValid && !fault) return value;
  const { at, reason } = fault ?? { at: 0, reason: 'expected JSON' };
  const { line, column } = linePosition(text, at);
  const found = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : 'the end of the file';
  throw new InputError(`${file}:${line}:${column}: ${reason}, got ${found}`);
}
