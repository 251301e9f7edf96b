import { InputError } from './error.ts';
import { refuseReturns } from './text-file.ts';

const NEWLINE = 0x0a;

/** The most bytes in a line: a longer one is not text, and would fill the memory. */
const longestLine = 2 ** 28;

/**
 * Lines of a byte stream as they arrive, grouped: all complete lines of a chunk together. A last line without `\n`
 * counts. `\r` before `\n` is removed.
 *
 * @param name names the stream in errors.
 * @throws {InputError} when a line is not UTF-8, has a zero byte or is longer than 256 MiB, or when lines end with `\r`
 *   alone.
 */
export async function* lineGroups(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decode = (bytes: Uint8Array): string => {
    number++;
    const isFirst = number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    let line: string;
    try {
      line = decoder.decode(isFirst ? bytes.subarray(3) : bytes);
    } catch {
      throw new InputError(`${name}:${number}: expected UTF-8, got other bytes`);
    }
    if (bytes.includes(0)) {
      throw new InputError(`${name}:${number}: expected text, got a zero byte; is the text UTF-16?`);
    }
    return line;
  };
  let rest: Uint8Array[] = [];
  let restLength = 0;
  for await (const chunk of stream) {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const end = chunk.subarray(from, at);
      lines.push(decode(rest.length > 0 ? Buffer.concat([...rest, end]) : end).replace(/\r$/, ''));
      rest = [];
      restLength = 0;
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    restLength += chunk.length - from;
    if (restLength > longestLine) {
      throw new InputError(`${name}:${number + 1}: expected a line of at most ${longestLine} bytes, got a longer one`);
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length === 0) return;
  const last = decode(Buffer.concat(rest));
  if (number === 1) refuseReturns(name, last);
  yield [last];
}
