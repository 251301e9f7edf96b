import { InputError } from './error.ts';

const NEWLINE = 0x0a;

/**
 * Lines of a byte stream as they arrive, in groups: all whole lines of a chunk together, a line at the very end without
 * `\n` too. `\r` before `\n` is removed.
 *
 * @param name names the stream in errors.
 * @throws {InputError} when a line is not UTF-8.
 */
export async function* lineGroups(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decode = (bytes: Uint8Array): string => {
    number++;
    const isFirst = number === 1 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    try {
      return decoder.decode(isFirst ? bytes.subarray(3) : bytes);
    } catch {
      throw new InputError(`${name}:${number}: expected UTF-8, got other bytes`);
    }
  };
  let rest: Uint8Array[] = [];
  for await (const chunk of stream) {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const end = chunk.subarray(from, at);
      lines.push(decode(rest.length > 0 ? Buffer.concat([...rest, end]) : end).replace(/\r$/, ''));
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [decode(Buffer.concat(rest))];
}
