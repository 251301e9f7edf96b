/**
 * What a caller handed us is wrong: a recipe, a file, an option, a value.
 *
 * The message reads `<layer or file>: <what must hold>, got <what was found>, at <where>`. The command line
 * turns it into one message on stderr and exit status 2; every other error is status 1.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

/** Violations that are listed; of more their number is. */
const mostTold = 50;

/** Several violations found in one pass, reported together, one per line. */
export function reportAll(head: string, violations: readonly string[]): InputError {
  if (violations.length === 1) return new InputError(`${head}: ${violations[0]}`);
  const told = violations.slice(0, mostTold);
  if (violations.length > mostTold) told.push(`and ${violations.length - mostTold} more`);
  return new InputError(`${head}:\n  ${told.join('\n  ')}`);
}
