import { WriteError, writingFailed } from '../io/file-error.ts';

/** A result could not be written to stdout; undefined while all could. */
let failure: WriteError | undefined;

/**
 * Writes a result to stdout; resolves when more may be written.
 *
 * @throws {WriteError} when it cannot be written: a full disk, say. Its reader may stop reading, see {@link watchOutput}.
 */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  if (failure) throw failure;
}

/** A result as one line. */
export const printLine = (line: string): Promise<void> => print(`${line}\n`);

/** A result as indented JSON. */
export const printJson = (value: unknown): Promise<void> => printLine(JSON.stringify(value, null, 2));

/** Everything that is no result goes to stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

const isClosedPipe = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

/**
 * Sees to what becomes of the output. The reader of stdout may stop reading (`heddle … | head`): then there is nothing left
 * to do, and nothing is wrong. Where nobody takes what goes to stderr the work goes on: its results do not depend on it.
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
  // An error of the last write is reported after the write itself.
  await new Promise((resolve) => setImmediate(resolve));
  if (failure) throw failure;
}
