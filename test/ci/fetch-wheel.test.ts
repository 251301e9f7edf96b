/** `.ci/fetch-wheel.mjs` against an index on this machine. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heddle } from '../cli/heddle.ts';

const script = fileURLToPath(new URL('../../.ci/fetch-wheel.mjs', import.meta.url));
const platforms: Readonly<Record<string, string>> = { 'linux x64': 'manylinux_2_28_x86_64', 'win32 x64': 'win_amd64' };
const platform = platforms[`${process.platform} ${process.arch}`];

interface IndexFile {
  readonly filename: string;
  /** The sha256 that the index gives; default: that of the content. */
  readonly sha256?: string;
  readonly yanked?: boolean;
  /** The host of its address; default: the index itself. */
  readonly host?: string;
}

/** What the next test's index offers, and what it was asked. */
let files: readonly IndexFile[] = [];
let form: 'json' | 'html' = 'json';
let asked: { url: string; authorization: string | undefined }[] = [];

const contentOf = (name: string) => `wheel ${name}`;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const wheel = (version: string) => `tiny_engine-${version}-py3-none-${platform}.whl`;

const server = createServer((request: IncomingMessage, response) => {
  const url = request.url ?? '';
  asked.push({ url, authorization: request.headers.authorization });
  const host = `http://${request.headers.host}`;
  const rows = files.map(({ filename, sha256 = digest(contentOf(filename)), yanked = false, host: other }) => ({
    ...{ filename, yanked, hashes: { sha256 } },
    url: `${other ?? host}/files/${encodeURIComponent(filename)}`,
  }));
  if (url === '/simple/tiny-engine/' && form === 'json') {
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    response.end(JSON.stringify({ files: rows }));
  } else if (url === '/simple/tiny-engine/') {
    const link = ({ url: href, filename, hashes, yanked }: (typeof rows)[number]) =>
      `<a href="${href}#sha256=${hashes.sha256}"${yanked ? ' data-yanked=""' : ''}>${filename}</a><br>`;
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><body>${rows.map(link).join('\n')}</body>`);
  } else if (url.startsWith('/files/')) {
    response.end(contentOf(decodeURIComponent(url.slice('/files/'.length))));
  } else {
    response.writeHead(404).end();
  }
});

let port: number;
let folder: string;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ({ port } = server.address() as AddressInfo);
  folder = await mkdtemp(join(tmpdir(), 'heddle-wheel-'));
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true, force: true });
});

/** Runs the script in an empty folder. */
async function fetched(offered: readonly IndexFile[], { index = `http://127.0.0.1:${port}/simple`, as = form } = {}) {
  [files, form, asked] = [offered, as, []];
  const into = join(await mkdtemp(join(folder, 'in-')), 'wheels');
  await mkdir(into);
  const ended = await heddle(['tiny-engine', into], { main: script, env: { PIP_INDEX_URL: index } });
  return { ...ended, into, names: await readdir(into), beside: await readdir(join(into, '..')) };
}

const refused = (result: Awaited<ReturnType<typeof fetched>>, reason: string) => {
  expect(result).toMatchObject({ status: 1, stdout: '', names: [], beside: ['wheels'] });
  expect(result.stderr).toBe(`no wheel of tiny-engine: ${reason}\n`);
};

describe.runIf(platform)('a wheel from an index', () => {
  test.each(['json', 'html'] as const)('is the newest release for this machine, of an index in %s', async (as) => {
    const offered = [
      ...[{ filename: wheel('1.9.0') }, { filename: wheel('1.10.0') }, { filename: wheel('2.0rc1') }],
      ...[{ filename: wheel('3.0.0'), yanked: true }, { filename: 'tiny_engine-4.0.0-py3-none-macosx_11_0_arm64.whl' }],
      { filename: 'tiny_engine-4.0.0.tar.gz' },
    ];
    const { status, stdout, stderr, into, names } = await fetched(offered, { as });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${join(into, wheel('1.10.0'))}\n`, stderr: '' });
    expect(names).toEqual([wheel('1.10.0')]);
    expect(await readFile(join(into, wheel('1.10.0')), 'utf8')).toBe(contentOf(wheel('1.10.0')));
  });

  test('of another sha256 than the index gives is not written', async () => {
    refused(
      await fetched([{ filename: wheel('1.0.0'), sha256: digest('another') }]),
      `${wheel('1.0.0')} has another sha256 than 127.0.0.1:${port} says`,
    );
  });

  test('without a sha256, or with a name that is a path, is no candidate', async () => {
    const offered = [
      { filename: wheel('1.0.0'), sha256: '' },
      { filename: `../${wheel('2.0.0')}` },
      { filename: `sub/${wheel('2.0.0')}` },
    ];
    const reason = `127.0.0.1:${port} has none for ${process.platform} ${process.arch}`;
    for (const as of ['json', 'html'] as const) refused(await fetched(offered, { as }), reason);
    expect(asked.map(({ url }) => url)).toEqual(['/simple/tiny-engine/']);
  });

  describe('whose address has a name and a password', () => {
    const secret = 's3cr@t';
    const withPassword = (rest: string) => `http://me:${encodeURIComponent(secret)}@${rest}`;
    const basic = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`;
    const silent = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
      expect(`${stdout}${stderr}`).not.toMatch(/s3cr|me:|bWU6/);

    test('sends them to the index, and not to another host of files', async () => {
      const index = withPassword(`127.0.0.1:${port}/simple/`);
      const own = await fetched([{ filename: wheel('1.0.0') }], { index });
      expect(own.status).toBe(0);
      expect(asked.map(({ authorization }) => authorization)).toEqual([basic, basic]);
      const host = `http://localhost:${port}`;
      const other = await fetched([{ filename: wheel('1.0.0'), host }], { index });
      silent(own);
      silent(other);
      expect(asked[0]?.authorization).toBe(basic);
      expect(asked.slice(1).map(({ authorization }) => authorization)).not.toContain(basic);
    });

    test('never shows them, whatever goes wrong', async () => {
      const places = [`127.0.0.1:${port}/nowhere`, '127.0.0.1:1/simple', `127.0.0.1:${port}:80/simple`];
      const results: { stdout: string; stderr: string }[] = [];
      for (const place of places) results.push(await fetched([], { index: withPassword(place) }));
      for (const result of results) {
        silent(result);
        expect(result).toMatchObject({ status: 1, names: [] });
      }
      expect(results.map(({ stderr }) => stderr)).toEqual([
        `no wheel of tiny-engine: 127.0.0.1:${port} answers 404\n`,
        expect.stringMatching(/^no wheel of tiny-engine: (ECONNREFUSED|bad port)\n$/),
        'no wheel of tiny-engine: an address of the index is invalid\n',
      ]);
    });
  });
});
