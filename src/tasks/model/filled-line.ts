import { itemAt } from '../../io/item-at.ts';

/**
 * Runs a model on lines that are not blank, all in one call, with the indices of these lines; the result of a blank line
 * is `blank`. Results are in the order of the lines.
 */
export async function ofFilledLines<T>(
  lines: readonly string[],
  blank: T,
  run: (filled: readonly string[], numbers: readonly number[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const numbers = lines.flatMap((line, at) => (line.trim() === '' ? [] : [at]));
  const filled = numbers.map((at) => itemAt(lines, at, 'a line'));
  const results = (filled.length > 0 ? await run(filled, numbers) : []).values();
  return lines.map((line) => (line.trim() === '' ? blank : (results.next().value ?? blank)));
}
