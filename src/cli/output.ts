/** Writes a result to stdout; resolves when more may be written. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error && !isClosedPipe(error) ? reject(error) : resolve()));
  });
}

/** A result as one line. */
export const printLine = (line: string): Promise<void> => print(`${line}\n`);

export const printJson = (value: unknown): Promise<void> => printLine(JSON.stringify(value, null, 2));

/** Everything that is no result goes to stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function isClosedPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE';
}

/** Whoever reads stdout may stop reading (`heddle … | head`): then there is nothing left to do, and nothing is wrong. */
export function endWhenNobodyReads(): void {
  process.stdout.on('error', (error) => {
    if (!isClosedPipe(error)) throw error;
    process.exit(0);
  });
}
