import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { lineGroups } from '../../src/io/line-stream.ts';
import { readLines, readWholeText } from '../../src/io/text-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'text-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function linesOf(name: string, bytes: string | Uint8Array): Promise<string[]> {
  await writeFile(join(folder, name), bytes);
  return readLines(join(folder, name));
}

async function refusal(name: string, bytes?: string | Uint8Array): Promise<string> {
  const error = await (bytes === undefined ? readLines(join(folder, name)) : linesOf(name, bytes)).catch((e) => e);
  expect(error).toBeInstanceOf(InputError);
  return error.message.replaceAll(folder, '');
}

describe('a path that does not exist is an error of the caller', () => {
  it.each([
    ['a NUL in the name', 'a\0b', 'got a name with a NUL character'],
    ['a name of 5,000 characters', 'a'.repeat(5000), 'a…: expected a readable text file, got a name that is too long'],
  ])('%s', async (_, name, told) => {
    expect(await refusal(name)).toContain(told);
  });

  it('a link to itself', async () => {
    await symlink('loop', join(folder, 'loop'));
    expect(await refusal('loop')).toBe('/loop: expected a readable text file, got a link that points to itself');
  });
});

describe('lines of a text file', () => {
  it.each([
    ['a final newline starts no further line', 'a\nb\n', ['a', 'b']],
    ['a missing final newline loses nothing', 'a\nb', ['a', 'b']],
    ['blank lines stay', 'a\n\n\nb\n\n', ['a', '', '', 'b', '']],
    ['a carriage return before a newline is dropped, elsewhere kept', 'a\r\nb\rc\r\n', ['a', 'b\rc']],
    ['a byte order mark is dropped at the start only', '\ufeffa\n\ufeffb\n', ['a', '\ufeffb']],
    ['other line separators do not end a line', 'a\u2028b\u0085c\n', ['a\u2028b\u0085c']],
    ['text beyond the basic plane survives', '한글 😀\n', ['한글 😀']],
    ['one newline is one blank line', '\n', ['']],
  ])('%s', async (_, text, lines) => {
    expect(await linesOf('plain.txt', text)).toEqual(lines);
    expect(await linesOf('packed.txt.gz', gzipSync(text))).toEqual(lines);
  });

  it('gzip of several members is read to its end', async () => {
    expect(await linesOf('two.gz', Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]))).toEqual(['a', 'b']);
  });
});

describe('the whole text of a file', () => {
  it.each([
    ['with its final newline', 'a\n\nb\n', 'a\n\nb\n'],
    ['without one, when it has none', 'a\nb', 'a\nb'],
    ['with its line ends made plain and no byte order mark', '\ufeffa\r\nb\r\n', 'a\nb\n'],
    ['with other separators as they are', 'a\u2028b\r', 'a\u2028b\r'],
  ])('%s', async (_, text, whole) => {
    await writeFile(join(folder, 'whole.txt.gz'), gzipSync(text));
    expect(await readWholeText(join(folder, 'whole.txt.gz'))).toBe(whole);
  });

  it('is refused with the line of the byte that is no UTF-8', async () => {
    await writeFile(join(folder, 'latin'), Buffer.from('a\nbl\xe9\n', 'latin1'));
    await expect(readWholeText(join(folder, 'latin'))).rejects.toThrow('latin:2: expected UTF-8, got byte e9');
  });
});

describe('gzip is unpacked up to a limit', () => {
  const packed = gzipSync('a line\n'.repeat(100_000));
  const read = async (bytes: Uint8Array, max_unpacked_bytes?: number) => {
    await writeFile(join(folder, 'big.gz'), bytes);
    const lines = await readLines(join(folder, 'big.gz'), { max_unpacked_bytes });
    return lines.length;
  };

  it('that is given', async () => {
    expect(await read(packed, 700_000)).toBe(100_000);
    await expect(read(packed, 699_999)).rejects.toThrow(
      /big\.gz: expected at most 699999 bytes of text when unpacked, got more; unpack it, or set data\.max_unpacked_bytes$/,
    );
  });

  it('of a hundred times the file, and 256 MiB at least, where none is given', async () => {
    expect(await read(packed)).toBe(100_000);
    const bomb = gzipSync(new Uint8Array(2 ** 28 + 1), { level: 1 });
    await expect(read(bomb)).rejects.toThrow(
      /big\.gz: expected at most 268435456 bytes of text when unpacked, got more/,
    );
  });
});

describe('lines of a stream', () => {
  async function* chunks(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
    for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text;
  }
  async function all(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
    const lines: string[] = [];
    for await (const group of lineGroups(stream, 'stdin')) lines.push(...group);
    return lines;
  }

  it('are those of a file', async () => {
    expect(await all(chunks('\ufeffa\r\nb', 'c\n\n', 'd'))).toEqual(['a', 'bc', '', 'd']);
  });

  it('are refused when they hold a zero byte, as English in UTF-16 does', async () => {
    const utf16 = async function* () {
      yield Buffer.from('ok\n');
      yield Buffer.from('a film\n', 'utf16le');
    };
    await expect(all(utf16())).rejects.toThrow('stdin:2: expected text, got a zero byte; is the text UTF-16?');
  });

  it('are not UTF-8 when they are gzip, though it has zero bytes', async () => {
    const packed = gzipSync('a film\n');
    expect(packed.indexOf(0)).toBeGreaterThan(0);
    await expect(all(chunks(packed))).rejects.toThrow('stdin:1: expected UTF-8, got other bytes');
  });

  it('are refused when carriage returns alone end them, or one is longer than any text', async () => {
    await expect(all(chunks('one\rtwo', '\rthree'))).rejects.toThrow(
      /stdin: expected lines that end with .*tr '\\r' '\\n'$/,
    );
    const zeros = new Uint8Array(2 ** 26);
    await expect(all(chunks('a\n', zeros, zeros, zeros, zeros, zeros))).rejects.toThrow(
      'stdin:2: expected a line of at most 268435456 bytes, got a longer one',
    );
  });
});

describe('a text file is refused when', () => {
  const packed = gzipSync('one line\nanother line\n'.repeat(50));
  const damaged = Uint8Array.from(packed);
  damaged[damaged.length - 6] ^= 1;

  it('it is missing', async () => {
    expect(await refusal('nowhere.txt')).toBe('/nowhere.txt: no such file');
  });
  it('it is a folder', async () => {
    expect(await refusal('')).toContain('got a folder');
  });
  it.each([
    ['empty.txt', ''],
    ['empty.gz', ''],
    ['packed-empty.gz', gzipSync('')],
    ['only-mark.txt', '\ufeff'],
  ])('it is empty: %s', async (name, bytes) => {
    expect(await refusal(name, bytes)).toBe(`/${name}: expected lines of text, got an empty file`);
  });
  it.each([
    ['cut', packed.subarray(0, packed.length - 9)],
    ['cut in its header', packed.subarray(0, 5)],
    ['of a wrong checksum', damaged],
  ])('its gzip is truncated: %s', async (_, bytes) => {
    expect(await refusal('torn.gz', bytes)).toMatch(
      /^\/torn\.gz: expected a complete gzip file, got a truncated or damaged one/,
    );
  });
  it('its name says gzip and its bytes do not', async () => {
    expect(await refusal('fake.gz', 'plain')).toBe('/fake.gz: expected gzip (bytes 1f 8b), got 70 6c, at byte 0');
  });
  it('it is not UTF-8, and the message names line and byte', async () => {
    const bytes = Buffer.concat([Buffer.from('gut\nschön '), Buffer.from([0xfc]), Buffer.from('bel\n')]);
    expect(await refusal('latin1.txt', bytes)).toBe(
      '/latin1.txt:2: expected UTF-8, got byte fc, at byte 11 of the text',
    );
    expect(await refusal('latin1.gz', gzipSync(bytes))).toContain('/latin1.gz:2: expected UTF-8');
  });
  it.each([
    ['a line end', [0x0a]],
    ['a letter', [0x2c, 0x0a]],
    ['the end of the file', []],
  ])('a character is cut off at %s, and its own first byte is named', async (_, rest) => {
    expect(await refusal('half.txt', Buffer.from([0x61, 0xed, 0x95, ...rest]))).toBe(
      '/half.txt:1: expected UTF-8, got byte ed, at byte 1 of the text',
    );
  });
  it('it has zero bytes', async () => {
    expect(await refusal('zero.txt', Buffer.from('\0a\n'))).toContain('expected text, got a zero byte, at byte 0');
  });
  it.each([
    ['csv', 'text,label\ra,1\rb,0\r'],
    ['txt', 'one\rtwo'],
    ['tsv', 'text\tlabel\ra\t1\rb\t0\n'],
  ])('carriage returns alone end its lines: %s', async (name, text) => {
    expect(await refusal(`returns.${name}`, text)).toBe(
      `/returns.${name}: expected lines that end with \\n or \\r\\n, got \\r alone; convert them, for example with: tr '\\r' '\\n'`,
    );
  });
  it('it is gzip by another name', async () => {
    expect(await refusal('packed.txt', gzipSync('a\n'))).toContain('/packed.txt.gz');
  });
  it('it is UTF-16, which the message suspects', async () => {
    expect(await refusal('wide.txt', Buffer.from('\ufeffab\n', 'utf16le'))).toContain('it looks like UTF-16');
  });
});
