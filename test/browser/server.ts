/** A loopback HTTP server for one page: files in memory first, then folders. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

export interface Site {
  /** Contents by path, `/page.js`. */
  readonly contents: ReadonlyMap<string, Uint8Array | string>;
  /** Folders by path prefix that ends in a slash, `/model/`; the longest prefix wins. */
  readonly folders: Readonly<Record<string, string>>;
  /** Whether the page is cross-origin isolated. */
  readonly isolated: boolean;
  /** Headers of every answer besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a path is refused, with status 503, before it is served. */
  readonly refusedFirst?: Readonly<Record<string, number>>;
  /** Path of the page with which a missing file is answered, as status 200. */
  readonly fallback?: string;
}

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Paths that were asked for and are there. */
  readonly served: ReadonlySet<string>;
  close(): Promise<void>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** What makes a page cross-origin isolated and so gives it shared memory, without which WebAssembly has one thread. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

function fileIn(folders: Site['folders'], path: string): string | undefined {
  const prefixes = Object.keys(folders).filter((prefix) => path.startsWith(prefix));
  const prefix = prefixes.sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  const inside = normalize(path.slice(prefix.length));
  return inside.startsWith(`..${sep}`) ? undefined : join(folders[prefix], inside);
}

/** The path a request means; undefined when it is not UTF-8. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname);
    return path === '/' ? '/index.html' : path;
  } catch {
    return undefined;
  }
}

async function respond(site: Site, url: string, response: ServerResponse, served: Set<string>): Promise<void> {
  const common = { ...(site.isolated ? isolationHeaders : {}), ...site.headers };
  const send = async (path: string | undefined): Promise<boolean> => {
    if (path === undefined) return false;
    const headers = { ...common, 'Content-Type': mediaTypes[extname(path)] ?? 'application/octet-stream' };
    const content = site.contents.get(path);
    const file = content === undefined ? fileIn(site.folders, path) : undefined;
    const found = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (content !== undefined) response.writeHead(200, headers).end(content);
    else if (file === undefined || !found?.isFile()) return false;
    else createReadStream(file).pipe(response.writeHead(200, { ...headers, 'Content-Length': found.size }));
    served.add(path);
    return true;
  };
  if (!(await send(pathOf(url))) && !(await send(site.fallback))) response.writeHead(404, common).end();
}

export async function serve(site: Site): Promise<Server> {
  const served = new Set<string>();
  const refused = new Map(Object.entries(site.refusedFirst ?? {}));
  const server = createServer(({ url = '/' }, response) => {
    const left = refused.get(url) ?? 0;
    refused.set(url, left - 1);
    if (left > 0) response.writeHead(503).end();
    else void respond(site, url, response, served);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`server: no port, got ${address}`);
  return {
    origin: `http://127.0.0.1:${address.port}`,
    served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
