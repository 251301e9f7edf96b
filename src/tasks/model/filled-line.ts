/**
 * Runs a model on lines that are not blank, all in one call; the result of a blank line is `blank`. Results are in the
 * order of the lines.
 */
export async function ofFilledLines<T>(
  lines: readonly string[],
  blank: T,
  run: (filled: readonly string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const filled = lines.filter((line) => line.trim() !== '');
  const results = (filled.length > 0 ? await run(filled) : []).values();
  return lines.map((line) => (line.trim() === '' ? blank : (results.next().value ?? blank)));
}
