import { InputError } from './error.ts';
import { checkFileName, type Folder } from './folder.ts';

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Answers of a server that say there is no such file. */
const absent: readonly number[] = [404, 410];
/** Answers of a server that knows no HEAD. */
const noHead: readonly number[] = [405, 501];

/** A folder on the web, each file below its address (browser and Node). */
export function urlFolder(address: string, fetchFile: Fetch = (url, init) => fetch(url, init)): Folder {
  const base = address.replace(/\/*$/, '/');
  const urlOf = (file: string): string => {
    checkFileName(file, address);
    return base + file.split('/').map(encodeURIComponent).join('/');
  };
  const answer = async (file: string, method: 'GET' | 'HEAD'): Promise<Response> => {
    const url = urlOf(file);
    try {
      return await fetchFile(url, { method });
    } catch (error) {
      throw new InputError(`${url}: expected an answer, got ${error instanceof Error ? error.message : error}`);
    }
  };
  const refuse = (file: string, { status, statusText }: Response): never => {
    throw new InputError(`${urlOf(file)}: expected a file, got status ${status} ${statusText}`);
  };
  return {
    name: address,
    async read(file) {
      const response = await answer(file, 'GET');
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : refuse(file, response);
    },
    async has(file) {
      let response = await answer(file, 'HEAD');
      if (noHead.includes(response.status)) {
        response = await answer(file, 'GET');
        await response.body?.cancel();
      }
      if (absent.includes(response.status)) return false;
      return response.ok || refuse(file, response);
    },
  };
}
