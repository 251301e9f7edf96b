import { InputError } from './error.ts';
import { checkFileName, type Folder } from './folder.ts';
import { openUrl } from './url-file.ts';

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Statuses by which a server says that there is no such file. */
const absent: readonly number[] = [404, 410];

/** How an HTML page begins; no file of a model does. */
const htmlStart = /^\s*<(?:!doctype|!--|html|head|body)/i;
/** Other beginnings of an HTML page, if the server says that it is HTML. */
const tagOrNothing = /^\s*(?:<[a-z?!]|$)/i;

/** Bytes that are read to tell a page from a file. */
const shown = 256;

/**
 * A folder on the web; each file is below its address (browser and Node). A query (`?token=…`) is sent with every
 * request and never appears in an error.
 *
 * Many servers answer a request for a missing file with their start page and status 200; such a file counts as missing.
 *
 * @throws {InputError} when the address has a fragment, or a user name and password, which are never sent.
 */
export function urlFolder(address: string, fetchFile: Fetch = (url, init) => fetch(url, init)): Folder {
  const { base, query } = partsOf(address);
  const at = (file: string): string => {
    checkFileName(file, base);
    return `${base}/${file.split('/').map(encodeURIComponent).join('/')}`;
  };
  const answer = async (url: string, headers?: Record<string, string>): Promise<Response> => {
    try {
      return await fetchFile(url + query, headers && { headers });
    } catch (error) {
      throw new InputError(`${url}: expected an answer, got ${reasonOf(error)}`);
    }
  };
  const checked = async (url: string, response: Response): Promise<Response> => {
    if (!response.ok) throw await refusal(url, response);
    return response;
  };
  const fileBody = async (url: string, response: Response): Promise<Uint8Array> => {
    const bytes = await wholeBody(url, response);
    if (response.status === 200 && isPage(response, bytes)) throw await refusal(url, response);
    return bytes;
  };
  const read = async (url: string): Promise<Uint8Array> => fileBody(url, await checked(url, await answer(url)));
  return {
    name: base,
    read: async (file) => read(at(file)),
    async open(file) {
      const url = at(file);
      return openUrl({
        url,
        range: async (begin, end) => checked(url, await answer(url, { Range: `bytes=${begin}-${end - 1}` })),
        body: (response) => fileBody(url, response),
        whole: () => read(url),
      });
    },
    async has(file) {
      const url = at(file);
      const response = await answer(url);
      if (response.ok) return !isPage(response, await startOfBody(url, response));
      if (!absent.includes(response.status)) throw await refusal(url, response);
      await response.body?.cancel();
      return false;
    },
  };
}

/** An address without trailing slashes, and its query. */
function partsOf(address: string): { readonly base: string; readonly query: string } {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? [];
  const base = path.replace(/^(https?:\/\/)[^/]*@/i, '$1').replace(/\/+$/, '');
  if (fragment) throw new InputError(`${base}: expected an address without ${fragment}`);
  if (/^https?:\/\/[^/]*@/i.test(path)) {
    throw new InputError(`${base}: expected an address without user name and password`);
  }
  return { base, query: query === '?' ? '' : query };
}

/** Node's message is "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}

/** Why the answer is not a file. */
async function refusal(url: string, response: Response): Promise<InputError> {
  if (!response.bodyUsed) await response.body?.cancel();
  const { ok, status, statusText, redirected } = response;
  const from = redirected ? `, from ${response.url.replace(/[?#].*/s, '')}` : '';
  const got = ok ? `an HTML page (status ${status}${from})` : `status ${status} ${statusText}${from}`.trimEnd();
  return new InputError(`${url}: expected a file, got ${got}`);
}

async function wholeBody(url: string, response: Response): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new InputError(`${url}: expected the whole file, got ${reasonOf(error)}`);
  }
}

/** The first bytes of a body, in however many pieces they arrive; the rest is not downloaded. */
async function startOfBody(url: string, response: Response): Promise<Uint8Array> {
  const start = new Uint8Array(shown);
  const reader = response.body?.getReader();
  if (!reader) return start.subarray(0, 0);
  try {
    let length = 0;
    while (length < shown) {
      const { value, done } = await reader.read();
      if (done) break;
      start.set(value.subarray(0, shown - length), length);
      length = Math.min(length + value.length, shown);
    }
    await reader.cancel();
    return start.subarray(0, length);
  } catch (error) {
    throw new InputError(`${url}: expected a file, got ${reasonOf(error)}`);
  }
}

function isPage({ headers }: Response, bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, shown));
  if (htmlStart.test(start)) return true;
  return /^text\/html\b/i.test(headers.get('content-type') ?? '') && tagOrNothing.test(start);
}
