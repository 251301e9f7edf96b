import { InputError } from './error.ts';
import { checkFileName, type Folder } from './folder.ts';

type Fetch = (url: string) => Promise<Response>;

/** Answers of a server that say there is no such file. */
const absent: readonly number[] = [404, 410];

/** How a page of HTML begins; no file of a model does. */
const htmlStart = /^\s*<(?:!doctype|!--|html|head|body)/i;
/** What else begins one, when the server calls it HTML. */
const tagOrNothing = /^\s*(?:<[a-z]|$)/i;

/** Bytes that are looked at to tell a page from a file. */
const shown = 256;

/**
 * A folder on the web, each file below its address (browser and Node). A query (`?token=…`) goes along with every file
 * and is in no error.
 *
 * Many servers answer with their page, and status 200, what they do not have: such a file is not there.
 *
 * @throws {InputError} when the address has a fragment, or a user name and password, which are never sent.
 */
export function urlFolder(address: string, fetchFile: Fetch = (url) => fetch(url)): Folder {
  const { base, query } = partsOf(address);
  const at = (file: string): string => {
    checkFileName(file, base);
    return `${base}/${file.split('/').map(encodeURIComponent).join('/')}`;
  };
  const answer = async (url: string): Promise<Response> => {
    try {
      return await fetchFile(url + query);
    } catch (error) {
      throw new InputError(`${url}: expected an answer, got ${reasonOf(error)}`);
    }
  };
  return {
    name: base,
    async read(file) {
      const url = at(file);
      const response = await answer(url);
      if (!response.ok) throw await refusal(url, response);
      const bytes = await wholeBody(url, response);
      if (isPage(response, bytes)) throw await refusal(url, response);
      return bytes;
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

/** An address without slashes at its end, and its query. */
function partsOf(address: string): { readonly base: string; readonly query: string } {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? [];
  const base = path.replace(/^(https?:\/\/)[^/]*@/i, '$1').replace(/\/+$/, '');
  if (fragment) throw new InputError(`${base}: expected an address without ${fragment}`);
  if (/^https?:\/\/[^/]*@/i.test(path)) {
    throw new InputError(`${base}: expected an address without user name and password`);
  }
  return { base, query: query === '?' ? '' : query };
}

/** Node says "fetch failed" and keeps the reason apart. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}

/** Why what came is no file. */
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

/** The first bytes of a body; the rest is not loaded. */
async function startOfBody(url: string, response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  try {
    const { value = new Uint8Array() } = await reader.read();
    await reader.cancel();
    return value;
  } catch (error) {
    throw new InputError(`${url}: expected a file, got ${reasonOf(error)}`);
  }
}

function isPage({ headers }: Response, bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, shown));
  if (htmlStart.test(start)) return true;
  return /^text\/html\b/i.test(headers.get('content-type') ?? '') && tagOrNothing.test(start);
}
