import { InputError } from './error.ts';
import type { OpenFile } from './folder.ts';

/** The bytes read first: the header of most files. */
const first = 2 ** 17;
/** The least bytes of a later request; what is read next is then there already. */
const ahead = 2 ** 24;

/** How a file on the web is fetched. */
export interface RangeSource {
  /** The file's address, for errors. */
  readonly url: string;
  /** The answer to a request for bytes [begin, end). @throws {InputError} for a status that is an error. */
  range(begin: number, end: number): Promise<Response>;
  /** The bytes of an answer. @throws {InputError} when it breaks off, or is a page in place of the file. */
  body(response: Response): Promise<Uint8Array>;
  /** The whole file. @throws {InputError} when there is none. */
  whole(): Promise<Uint8Array>;
}

/**
 * A file on the web that is read in parts, if its server can send parts and lets the page see which; else it is fetched
 * whole.
 *
 * @throws {InputError} when there is no such file.
 */
export async function openUrl(source: RangeSource): Promise<OpenFile> {
  const response = await source.range(0, first).catch(() => undefined);
  if (response?.status === 200) return inMemory(await source.body(response));
  const size = response?.status === 206 ? sizeIn(response) : undefined;
  if (!response || size === undefined) {
    await response?.body?.cancel();
    return inMemory(await source.whole());
  }
  return new RangedFile(source, size, versionOf(response), await source.body(response));
}

const inMemory = (bytes: Uint8Array): OpenFile => ({
  size: bytes.length,
  read: async (begin, end) => bytes.subarray(begin, end),
  close: async () => undefined,
});

/** The size of the whole file in `Content-Range: bytes 0-99/1234`. */
function sizeIn({ headers }: Response): number | undefined {
  const [, size] = /^bytes 0-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return size === undefined ? undefined : Number(size);
}

/** What changes with the file, as far as the page may see it. */
const versionOf = ({ headers }: Response): string =>
  headers.get('etag') ?? headers.get('last-modified') ?? headers.get('content-range')?.replace(/.*\//, '') ?? '';

class RangedFile implements OpenFile {
  readonly size: number;
  readonly #source: RangeSource;
  readonly #version: string;
  /** What was read last, and where it begins. */
  #chunk: { readonly from: number; readonly bytes: Uint8Array };

  constructor(source: RangeSource, size: number, version: string, start: Uint8Array) {
    this.#source = source;
    this.size = size;
    this.#version = version;
    this.#chunk = { from: 0, bytes: start };
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    if (end === begin) return new Uint8Array(0);
    const { from, bytes } = this.#chunk;
    if (begin >= from && end <= from + bytes.length) return bytes.slice(begin - from, end - from);
    if (end - begin >= ahead) return this.#fetch(begin, end);
    const read = await this.#fetch(begin, Math.min(this.size, begin + ahead));
    this.#chunk = { from: begin, bytes: read };
    return read.slice(0, end - begin);
  }

  async close(): Promise<void> {
    this.#chunk = { from: 0, bytes: new Uint8Array(0) };
  }

  async #fetch(begin: number, end: number): Promise<Uint8Array> {
    const { url } = this.#source;
    const response = await this.#source.range(begin, end);
    if (response.status !== 206 || versionOf(response) !== this.#version) {
      await response.body?.cancel();
      throw new InputError(`${url}: the file changed while it was read`);
    }
    const bytes = await this.#source.body(response);
    if (bytes.length === end - begin) return bytes;
    throw new InputError(`${url}: expected bytes ${begin} to ${end}, got ${bytes.length} bytes`);
  }
}
