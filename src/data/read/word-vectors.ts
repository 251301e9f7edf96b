import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { InputError } from '../../io/error.ts';
import { unreadable } from '../../io/file-error.ts';
import { lineGroups } from '../../io/line-stream.ts';
import { excerpt } from './data-file.ts';
import { isDecimal } from './decimal.ts';

/** Vectors of the requested words that were found; each has `dimension` numbers. */
export interface WordVectors {
  readonly dimension: number;
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

/**
 * Reads the vectors of the requested words from a text file as GloVe and fastText publish them, plain or gzip (`.gz`).
 * The file is streamed; only the requested vectors are kept in memory.
 *
 * A line is a word and its numbers, separated by blanks. A first line of two whole numbers is fastText's header: the
 * number of vectors and their width. A word can contain blanks, as some of GloVe's do. Words are compared verbatim.
 *
 * The width of every line is checked; the numbers are checked in the lines that are kept.
 *
 * Source: Pennington et al. 2014 (GloVe), Bojanowski et al. 2017 (fastText).
 * @throws {InputError} when the file cannot be read, a line has another width, a number is invalid, a requested word
 *   occurs twice, or the number of vectors differs from the header.
 */
export async function readWordVectors(path: string, words: Iterable<string>): Promise<WordVectors> {
  const reader = new VectorLines(path, new Set(words));
  for await (const lines of lineGroups(bytesOf(path), path)) for (const line of lines) reader.take(line);
  return reader.finish();
}

class VectorLines {
  readonly #path: string;
  readonly #wanted: ReadonlySet<string>;
  readonly #vectors = new Map<string, Float32Array>();
  #promised: number | undefined;
  #dimension: number | undefined;
  #line = 0;
  #count = 0;

  constructor(path: string, wanted: ReadonlySet<string>) {
    this.#path = path;
    this.#wanted = wanted;
  }

  take(line: string): void {
    this.#line++;
    const header = this.#line === 1 ? /^(\d+) ([1-9]\d*) *$/.exec(line) : null;
    if (header) {
      [this.#promised, this.#dimension] = [Number(header[1]), Number(header[2])];
      return;
    }
    let end = line.length;
    while (line[end - 1] === ' ') end--;
    this.#dimension ??= blanksIn(line, end);
    const start = this.#wordEnd(line, end, this.#dimension);
    this.#count++;
    const word = line.slice(0, start);
    if (!this.#wanted.has(word)) return;
    if (this.#vectors.has(word)) throw this.#refused('a word once', `"${word}" again`);
    this.#vectors.set(word, this.#numbers(line.slice(start + 1, end)));
  }

  finish(): WordVectors {
    if (this.#dimension === undefined || this.#count === 0) {
      throw new InputError(`${this.#path}: expected words and their vectors, got none`);
    }
    if (this.#promised !== undefined && this.#promised !== this.#count) {
      throw new InputError(
        `${this.#path}: expected ${this.#promised} vectors, as its first line says, got ${this.#count}`,
      );
    }
    return { dimension: this.#dimension, vectors: this.#vectors };
  }

  /**
   * Where the word ends: before the last `dimension` columns. The rest of the line is the word, unless it is a number.
   */
  #wordEnd(line: string, end: number, dimension: number): number {
    const columns = blanksIn(line, end);
    const wanted =
      dimension < 1 ? 'a word and its numbers' : `a word and ${dimension} number${dimension === 1 ? '' : 's'}`;
    const refused = () => this.#refused(wanted, columns < 1 ? excerpt(line) : `${columns} after ${excerpt(line)}`);
    if (dimension < 1 || columns < dimension) throw refused();
    let start = end;
    for (let i = 0; i < dimension; i++) start = line.lastIndexOf(' ', start - 1);
    if (start < 1) throw refused();
    if (columns > dimension && line.slice(0, start).split(' ').slice(1).some(isDecimal)) throw refused();
    return start;
  }

  #numbers(text: string): Float32Array {
    return Float32Array.from(text.split(' '), (field) => {
      if (isDecimal(field)) return Number(field);
      throw this.#refused('finite numbers', excerpt(field));
    });
  }

  #refused(expected: string, got: string): InputError {
    return new InputError(`${this.#path}:${this.#line}: expected ${expected}, got ${got}`);
  }
}

function blanksIn(line: string, end: number): number {
  let count = 0;
  for (let at = line.indexOf(' '); at >= 0 && at < end; at = line.indexOf(' ', at + 1)) count++;
  return count;
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  try {
    if (!path.endsWith('.gz')) return yield* file;
    const unpacked = createGunzip();
    file.on('error', (error) => unpacked.destroy(error));
    yield* file.pipe(unpacked);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new InputError(`${path}: expected a complete gzip file, got a truncated or damaged one (${error.message})`);
    }
    throw unreadable(path, 'a readable text file', error);
  } finally {
    file.destroy();
  }
}
