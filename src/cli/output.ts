import { WriteError, writingFailed } from '../io/file-error.ts';

/** The error that prevented writing to stdout; undefined so far if there was none. */
let failure: WriteError | undefined;

/**
 * Writes a result to stdout; resolves when more can be written.
 *
 * @throws {WriteError} when it cannot be written, for example because the disk is full. For a reader that stops
 *   reading, see {@link watchOutput}.
 */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  if (failure) throw failure;
}

/** Prints a result as one line. */
export const printLine = (line: string): Promise<void> => print(`${line}\n`);

/** Prints a result as indented JSON. */
export const printJson = (value: unknown): Promise<void> => printLine(JSON.stringify(value, null, 2));

/** Prints to stderr everything that is not a result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

const isClosedPipe = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

/**
 * Handles outputs that nobody reads. If the reader of stdout stops reading (`heddle … | head`), the program ends
 * without an error. If nobody reads stderr, the work continues, because its results do not depend on it.
 */
export function watchOutput(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (isClosedPipe(error)) process.exit(0);
    const failed = writingFailed('stdout', error);
    failure ??= failed instanceof WriteError ? failed : new WriteError(`stdout: cannot be written, ${error.message}`);
  });
}

/** @throws {WriteError} when a part of the results could not be written. */
export async function endOutput(): Promise<void> {
  // The error of the last write is reported after the write itself.
  await new Promise((resolve) => setImmediate(resolve));
  if (failure) throw failure;
}
