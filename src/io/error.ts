/**
 * The caller's input is wrong: a recipe, a file, an option, a value.
 *
 * The message reads `<layer or file>: <what must hold>, got <what was found>, at <where>`. The command line prints it
 * on stderr and exits with status 2; for every other error the status is 1.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

/** The most violations that are listed; the rest are counted. */
const mostListed = 50;

/** Several violations found in one pass, reported together, one per line. */
export function reportAll(head: string, violations: readonly string[]): InputError {
  if (violations.length === 1) return new InputError(`${head}: ${violations[0]}`);
  const listed = violations.slice(0, mostListed);
  if (violations.length > mostListed) listed.push(`and ${violations.length - mostListed} more`);
  return new InputError(`${head}:\n  ${listed.join('\n  ')}`);
}
