import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { InputError } from '../../src/io/error.ts';
import { type Folder, readText } from '../../src/io/folder.ts';
import { urlFolder } from '../../src/io/url-folder.ts';

const files: Record<string, string | Uint8Array> = {
  'config.json': '\ufeff{"é": 1}',
  'a b.txt': 'x',
  'empty.txt': '',
  'latin.txt': Uint8Array.of(0x61, 0xe9),
};
let disk = '';
let server: Server;
const folders: Record<string, Folder> = {};

beforeAll(async () => {
  disk = await mkdtemp(join(tmpdir(), 'heddle-folder-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(disk, name), content);
  server = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? '').replace(/^\/(model|headless|broken)\//, '');
    if (request.url?.startsWith('/headless/') && request.method === 'HEAD') response.writeHead(405).end();
    else if (request.url?.startsWith('/broken/')) response.writeHead(500).end();
    else if (Object.hasOwn(files, name)) response.end(request.method === 'GET' ? files[name] : undefined);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folders.disk = diskFolder(disk);
  folders.url = urlFolder(`${origin}/model`);
  folders['url without HEAD'] = urlFolder(`${origin}/headless/`);
  folders.broken = urlFolder(`${origin}/broken`);
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(disk, { recursive: true });
});

describe.each(['disk', 'url', 'url without HEAD'])('a folder (%s)', (kind) => {
  test('has the files it has, and reads them', async () => {
    const folder = folders[kind];
    expect(await folder.has('config.json')).toBe(true);
    expect(await folder.has('none.json')).toBe(false);
    expect(new TextDecoder().decode(await folder.read('a b.txt'))).toBe('x');
    expect(await readText(folder, 'config.json')).toBe('{"é": 1}');
  });

  test('refuses a missing, an empty and a non-UTF-8 file by name', async () => {
    const folder = folders[kind];
    await expect(folder.read('none.json')).rejects.toThrow(InputError);
    await expect(folder.read('none.json')).rejects.toThrow(/none\.json: (no such file|expected .*, got status 404)/);
    await expect(readText(folder, 'empty.txt')).rejects.toThrow(/empty\.txt: expected text, got an empty file/);
    await expect(readText(folder, 'latin.txt')).rejects.toThrow(/latin\.txt: expected UTF-8, got other bytes/);
  });

  test.each(['../config.json', '/config.json', 'a/../config.json', 'a\\b', 'http://x', ''])(
    'is not left by %j',
    async (file) => {
      await expect(folders[kind].read(file)).rejects.toThrow(InputError);
      await expect(folders[kind].has(file)).rejects.toThrow(/expected the name of a file inside the folder/);
    },
  );
});

test('a server that fails is an error, not a missing file', async () => {
  await expect(folders.broken.has('config.json')).rejects.toThrow(/status 500/);
  const unreachable = urlFolder('http://model.invalid', () => Promise.reject(new TypeError('no route')));
  await expect(unreachable.read('config.json')).rejects.toThrow(
    'http://model.invalid/config.json: expected an answer, got no route',
  );
});
