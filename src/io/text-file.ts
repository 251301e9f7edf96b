import { InputError } from './error.ts';
import { hex, type ReadOptions, readFileBytes } from './file-bytes.ts';

export type { ReadOptions } from './file-bytes.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

const form = { kind: 'text', content: 'lines of text' };

/**
 * The lines of a UTF-8 text file, plain or gzip (`.gz`).
 *
 * A byte order mark at the start and the `\r` of `\r\n` are removed; a final newline does not start another line. Only
 * `\n` ends a line, so that a stray U+2028 or U+0085 cannot shift one side of a parallel corpus.
 *
 * @throws {InputError} when the file is missing, not a file, empty, a truncated gzip or one that unpacks to more than
 *   is allowed, binary, not UTF-8 (the message names the line), or has lines that end with `\r` alone.
 */
export async function readLines(path: string, options: ReadOptions = {}): Promise<string[]> {
  const { lines } = await readDecoded(path, options);
  const [first, second] = lines;
  if (first !== undefined && second === undefined) refuseReturns(path, first);
  return lines;
}

/** @throws {InputError} when `\r` alone ends the lines of a text, which then has a single line. */
export function refuseReturns(name: string, line: string): void {
  if (!line.includes('\r')) return;
  throw new InputError(
    `${name}: expected lines that end with \\n or \\r\\n, got \\r alone; convert them, for example with: tr '\\r' '\\n'`,
  );
}

/**
 * The text of a UTF-8 file as one string: the lines of `readLines` joined by `\n`, with the final newline if there is
 * one.
 *
 * @throws {InputError} as `readLines`; `\r` stays where no `\n` follows.
 */
export async function readWholeText(path: string, options: ReadOptions = {}): Promise<string> {
  const { lines, endsInNewline } = await readDecoded(path, options);
  return lines.join('\n') + (endsInNewline ? '\n' : '');
}

async function readDecoded(path: string, options: ReadOptions): Promise<{ lines: string[]; endsInNewline: boolean }> {
  const bytes = await readFileBytes(path, options, form);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (bytes.length === start) throw new InputError(`${path}: expected lines of text, got an empty file`);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lines: string[] = [];
  for (let from = start; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const next = newline < 0 ? bytes.length : newline;
    const to = newline > from && bytes[newline - 1] === RETURN ? newline - 1 : next;
    try {
      lines.push(decoder.decode(bytes.subarray(from, to)));
    } catch {
      throw notUtf8(`${path}:${lines.length + 1}`, bytes, from, to);
    }
    from = next + 1;
  }
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new InputError(`${path}: expected text, got a zero byte, at byte ${zero}; is the file UTF-16?`);
  return { lines, endsInNewline: bytes[bytes.length - 1] === NEWLINE };
}

/**
 * The first byte of `bytes[from, to)` that does not begin a UTF-8 character. Bisection finds where the prefixes stop
 * being UTF-8; the incomplete character begins up to three bytes before that.
 */
function notUtf8(where: string, bytes: Uint8Array, from: number, to: number): InputError {
  let [good, bad] = [from, to];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(bytes.subarray(from, middle), true)) good = middle;
    else bad = middle;
  }
  while (good > from && !isUtf8(bytes.subarray(from, good))) good--;
  const found = hex(bytes.subarray(good, good + 1));
  const hint = bytes[0] === 0xff || bytes[0] === 0xfe ? '; it looks like UTF-16' : '';
  return new InputError(`${where}: expected UTF-8, got byte ${found}, at byte ${good} of the text${hint}`);
}

function isUtf8(bytes: Uint8Array, stream = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    return false;
  }
}
