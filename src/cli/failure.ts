import { CommanderError } from 'commander';
import { InterruptedError } from './interruption.ts';

/** The call, a recipe or data are wrong. */
const CALL_IS_WRONG = 2;
/** The work failed. */
const WORK_FAILED = 1;

/** Names of errors that mean wrong input; they come from rooms that must not be loaded for `--help`. */
const inputErrors: ReadonlySet<string> = new Set(['InputError', 'ShapeError']);

/** The work succeeded but its result is not good enough; the message says why. */
export class ResultError extends Error {
  override readonly name = 'ResultError';
}

/** Exit status of an error. */
export function statusOf(error: unknown): number {
  if (error instanceof InterruptedError) return error.status;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CALL_IS_WRONG;
  return error instanceof Error && inputErrors.has(error.name) ? CALL_IS_WRONG : WORK_FAILED;
}

/** What is printed on stderr for an error: one or more lines, with the stack only under `--debug`. */
export function messageOf(error: unknown, isDebug: boolean): string {
  if (isDebug && error instanceof Error) {
    const cause = error.cause === undefined ? '' : `\ncause: ${messageOf(error.cause, true)}`;
    return `${error.stack ?? error.message}${cause}`;
  }
  return error instanceof Error ? error.message : String(error);
}
