/** A model's folder on servers as they are: those with a page for every missing file, with tokens, those that break off. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { readText } from '../../src/io/folder.ts';
import { parseJson } from '../../src/io/json.ts';
import { urlFolder } from '../../src/io/url-folder.ts';
import { config, type OddServer, oddities, serveOddities } from './odd-server.ts';

let server: OddServer;
beforeAll(async () => {
  server = await serveOddities();
});
afterAll(() => server.close());

const folderAt = (name: string, query = '') => urlFolder(`${server.folder(name)}/${query}`);
async function errorOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    (value) => new Error(`no error but ${JSON.stringify(value)}`),
    (error: Error) => error,
  );
}
/** Refused as wrong input, in one line that begins with the file's address. */
async function expectRefused(work: Promise<unknown>, reason: RegExp): Promise<void> {
  const error = await errorOf(work);
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/(\S*\/)?m\/config\.json(:1:\d+)?: [^\n]+$/);
  expect(error.message).toMatch(reason);
}

describe.each(oddities.filter((name) => name.startsWith('spa')))(
  'a server with a page for what is missing (%s)',
  (name) => {
    test('has the file it has, and not the one it answers with its page', async () => {
      const folder = folderAt(name);
      expect(await folder.has('config.json')).toBe(true);
      expect(await folder.has('target_tokenizer.json')).toBe(false);
      expect(await folder.has('model.safetensors')).toBe(false);
      expect(await readText(folder, 'config.json')).toBe(config);
    });

    test('a file that is needed and is missing is called by its name', async () => {
      const error = await errorOf(folderAt(name).read('tokenizer.json'));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/\/m\/tokenizer\.json: expected a file, got an HTML page \(status 200\)/);
    });
  },
);

test('a file is not taken for a page because the server calls it one', async () => {
  const folder = folderAt('every file as text/html');
  expect(await folder.has('config.json')).toBe(true);
  expect(await readText(folder, 'config.json')).toBe(config);
});

describe('an address with more than a path', () => {
  test('its query goes along with every file, and stays out of errors', async () => {
    const folder = folderAt('token', '?token=x%2Fy');
    expect(await readText(folder, 'config.json')).toBe(config);
    expect(await folder.has('none.json')).toBe(false);
    expect(folder.name).toBe(server.folder('token'));
    const { message } = await errorOf(folder.read('none.json'));
    expect(message).toBe(`${server.folder('token')}/none.json: expected a file, got status 404 Not Found`);
  });

  test('a slash before the query makes no difference', async () => {
    server.asked.length = 0;
    await urlFolder(`${server.folder('token')}?token=x%2Fy`).read('config.json');
    await urlFolder(`${server.folder('token')}/?token=x%2Fy`).read('config.json');
    expect(new Set(server.asked)).toEqual(new Set(['GET /token/m/config.json?token=x%2Fy']));
  });

  test.each([
    ['http://host/model#v2', /^http:\/\/host\/model: expected an address without #v2/],
    ['http://ann:secret@host/model', /^http:\/\/host\/model: expected an address without user name and password/],
  ])('%s is refused', (address, reason) => {
    expect(() => urlFolder(address)).toThrow(InputError);
    expect(() => urlFolder(address)).toThrow(reason);
    expect(() => urlFolder(address)).not.toThrow(/secret/);
  });
});

describe('a download that goes wrong names its file', () => {
  test.each([
    ['breaks off', /expected the whole file, got /],
    ['breaks off in a chunk', /expected the whole file, got /],
    ['sends less than it says', /expected the whole file, got /],
    ['says more than there can be', /expected (the whole file|an answer), got /],
    ['cuts a file and says nothing', /config\.json:1:21: expected .*, got the end of the file/],
    ['cuts gzip', /expected .*, got /],
    ['calls text gzip', /expected the whole file, got /],
    ['hangs_up', /expected an answer, got /],
    ['no HTTP', /expected an answer, got /],
    ['loop', /expected an answer, got /],
    ['login', /expected a file, got an HTML page \(status 200, from http:\/\/127\.0\.0\.1:\d+\/login\)/],
    ['401', /expected a file, got status 401 Unauthorized/],
    ['403', /expected a file, got status 403 Forbidden/],
    ['429', /expected a file, got status 429 Too Many Requests/],
    ['500', /expected a file, got status 500 Internal Server Error/],
    ['503', /expected a file, got status 503 Service Unavailable/],
  ])('%s', async (name, reason) => {
    const folder = folderAt(name);
    const reading = readText(folder, 'config.json').then((text) => parseJson(text, `${folder.name}/config.json`));
    await expectRefused(reading, reason);
  });

  test.each(['401', '403', '429', '500', 'hangs_up', 'loop'])(
    'and is not taken for a missing one: %s',
    async (name) => {
      await expectRefused(folderAt(name).has('config.json'), /expected (a file|an answer), got /);
    },
  );

  test('a server that nobody runs', async () => {
    const port = await new Promise<number>((resolve) => {
      const free = createServer().listen(0, '127.0.0.1', () => {
        const { port } = free.address() as AddressInfo;
        free.close(() => resolve(port));
      });
    });
    await expectRefused(
      urlFolder(`http://127.0.0.1:${port}/m`).read('config.json'),
      /expected an answer, got .*ECONNREFUSED/,
    );
  });
});

test('a moved folder is followed', async () => {
  expect(await readText(folderAt('moved'), 'config.json')).toBe(config);
  expect(await folderAt('moved').has('none.json')).toBe(false);
});
