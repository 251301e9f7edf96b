/** A server of model folders that are as folders on the web can be: one below `/NAME/m/` for each name of {@link oddities}. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const page = '<!doctype html>\n<html><head><script type="module" src="/main.js"></script></head></html>';
export const config = JSON.stringify({ model_type: 'marian', d_model: 16 });
/** The one file that each folder has. */
const known = '/config.json';

/** Lets a page of another origin read an answer. */
const allowed = 'Access-Control-Allow-Origin: *\r\n';

/** What a server does with a request for a file; `isThere` when it has it. */
type Answer = (response: ServerResponse, isThere: boolean, url: URL) => void;

const send = (response: ServerResponse, status: number, type: string | undefined, body: string | Uint8Array) =>
  response.writeHead(status, type ? { 'Content-Type': type } : {}).end(body);

/** A server that answers what it does not have with its page, as `type`. */
const fallback =
  (type: string | undefined, text = page): Answer =>
  (response, isThere) =>
    send(response, 200, isThere ? 'application/json' : type, isThere ? config : text);

const answers: Readonly<Record<string, Answer>> = {
  spa: fallback('text/html; charset=utf-8'),
  'spa, type by name': fallback('application/json'),
  'spa, no type': fallback(undefined),
  'spa, upper case': fallback('application/octet-stream', `\ufeff\n<!DOCTYPE HTML><HTML></HTML>`),
  'spa, a fragment': fallback('text/html', '<div id="app"></div>'),
  'spa, nothing': fallback('text/html', ''),
  'spa, XHTML': fallback('text/html', '<?xml version="1.0"?>\n<!DOCTYPE html>\n<html></html>'),
  'spa, in pieces': (response, isThere) => {
    const text = isThere ? config : page;
    response.writeHead(200, { 'Content-Type': isThere ? 'application/json' : 'text/html' }).write(text.slice(0, 1));
    setTimeout(() => response.end(text.slice(1)), 20);
  },
  'every file as text/html': (response, isThere) =>
    isThere ? send(response, 200, 'text/html', config) : send(response, 404, undefined, ''),
  token: (response, isThere, { searchParams }) => {
    if (searchParams.get('token') !== 'x/y') send(response, 403, undefined, '');
    else send(response, isThere ? 200 : 404, 'application/json', isThere ? config : '');
  },
  'breaks off': (response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write(config.slice(0, 20));
    setTimeout(() => response.destroy(), 20);
  },
  'breaks off in a chunk': (response) => {
    response.writeHead(200).write(config.slice(0, 20));
    setTimeout(() => response.destroy(), 20);
  },
  'sends less than it says': (response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${allowed}Content-Length: 100\r\n\r\n${config.slice(0, 20)}`);
  },
  'says more than there can be': (response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${allowed}Content-Length: 9007199254740991\r\n\r\n${config.slice(0, 20)}`);
  },
  'cuts a file and says nothing': (response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${allowed}Connection: close\r\n\r\n${config.slice(0, 20)}`);
  },
  'cuts gzip': (response) => {
    const whole = gzipSync(config);
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(whole.subarray(0, whole.length - 12));
  },
  'calls text gzip': (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(config),
  hangs_up: (response) => response.destroy(),
  'no HTTP': (response) => response.socket?.end('nonsense\r\n\r\n'),
  loop: (response, _, { pathname }) => response.writeHead(302, { Location: pathname }).end(),
  moved: (response, isThere, { pathname, search }) => {
    if (pathname.includes('/new/')) send(response, isThere ? 200 : 404, 'application/json', isThere ? config : '');
    else response.writeHead(301, { Location: pathname.replace('/m/', '/m/new/') + search }).end();
  },
  login: (response, _, { pathname }) => {
    if (pathname === '/login') send(response, 200, 'text/html', page);
    else response.writeHead(302, { Location: '/login' }).end();
  },
  'no sharing': (response) => send(response, 200, 'application/json', config),
  ...Object.fromEntries(
    [401, 403, 429, 500, 503].map((status) => [
      status,
      (response: ServerResponse) => send(response, status, undefined, ''),
    ]),
  ),
};

/** Names of the folders. */
export const oddities: readonly string[] = Object.keys(answers);

export interface OddServer {
  /** The address of a folder. */
  folder(name: string): string;
  /** Requests since it was last emptied, as `METHOD path`. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function serveOddities(): Promise<OddServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const name = url.pathname === '/login' ? 'login' : decodeURIComponent(url.pathname.split('/')[1] ?? '');
    if (name !== 'no sharing') response.setHeader('Access-Control-Allow-Origin', '*');
    answers[name]?.(response, url.pathname.endsWith(known), url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    folder: (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}/m`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
