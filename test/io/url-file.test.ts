/** Files on the web that are read in parts: servers that can, cannot, change the file, and send less than asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/io/error.ts';
import { urlFolder } from '../../src/io/url-folder.ts';

const size = 20_000_000;
const content = Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 9)) % 251);

/** A file's answer to a request; `range` is what it asks for. */
type Answer = (response: ServerResponse, range: readonly [number, number] | undefined) => void;

function part(
  response: ServerResponse,
  [begin, last]: readonly [number, number],
  headers: Record<string, string> = {},
) {
  const bytes = content.subarray(begin, last + 1);
  const to = begin + bytes.length - 1;
  response.writeHead(206, { 'Content-Range': `bytes ${begin}-${to}/${size}`, ...headers }).end(bytes);
}

let version = 0;
const answers: Readonly<Record<string, Answer>> = {
  ranges: (response, range) => (range ? part(response, range, { ETag: '"1"' }) : response.end(content)),
  'no ranges': (response) => response.end(content),
  'hides the size': (response, range) =>
    range ? response.writeHead(206).end(content.subarray(range[0], range[1] + 1)) : response.end(content),
  'refuses ranges': (response, range) => (range ? response.writeHead(416).end() : response.end(content)),
  changes: (response, range) => {
    version++;
    if (range) part(response, range, { ETag: `"${version}"` });
    else response.end(content);
  },
  'sends less': (response, range) => {
    if (range) part(response, [range[0], range[0] === 0 ? range[1] : range[1] - 7], { ETag: '"1"' });
    else response.end(content);
  },
  missing: (response) => response.writeHead(404).end(),
};

const asked: string[] = [];
const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const [, begin, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  asked.push(begin === undefined ? 'whole' : `${begin}-${last}`);
  const name = decodeURIComponent((request.url ?? '').split('/')[1] ?? '');
  answers[name]?.(response, begin === undefined ? undefined : [Number(begin), Number(last)]);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function openIn(name: string) {
  asked.length = 0;
  const { port } = server.address() as AddressInfo;
  const { open } = urlFolder(`http://127.0.0.1:${port}/${encodeURIComponent(name)}`);
  if (!open) throw new Error('expected a folder whose files open');
  return open('model.safetensors');
}

describe.each(['ranges', 'no ranges', 'hides the size', 'refuses ranges'])('a server that %s', (name) => {
  test('gives the same bytes wherever they lie', async () => {
    const file = await openIn(name);
    expect(file.size).toBe(size);
    const places: readonly (readonly [number, number])[] = [
      [0, 8],
      [8, 8],
      [100_000, 200_000],
      [150_000, 19_000_000],
      [19_999_990, size],
      [3, 11],
    ];
    for (const [begin, end] of places) {
      expect(Buffer.compare(await file.read(begin, end), content.subarray(begin, end)), `${begin}-${end}`).toBe(0);
    }
    await file.close();
  });
});

test('a server that sends parts is asked for the beginning alone until more is read', async () => {
  const file = await openIn('ranges');
  await file.read(0, 8);
  await file.read(8, 20_000);
  expect(asked).toEqual(['0-131071']);
  await file.read(200_000, 200_100);
  await file.read(200_100, 9_000_000);
  expect(asked).toEqual(['0-131071', '200000-16977215']);
  await file.close();
});

test('a file that changes between two parts is refused', async () => {
  const file = await openIn('changes');
  await expect(file.read(200_000, 200_001)).rejects.toThrow(/model\.safetensors: the file changed while it was read$/);
});

test('a part that is too short is refused', async () => {
  const file = await openIn('sends less');
  await expect(file.read(200_000, 200_001)).rejects.toThrow(/: expected bytes 200000 to 16977216, got 16777209 bytes$/);
});

test('a missing file is refused as one that is read whole', async () => {
  await expect(openIn('missing')).rejects.toThrow(InputError);
  await expect(openIn('missing')).rejects.toThrow(/model\.safetensors: expected a file, got status 404/);
});
