/**
 * Fetches the newest wheel of a package for this machine from a Python index, and prints its path.
 *
 *   node .ci/fetch-wheel.mjs PACKAGE FOLDER
 *
 * The index is PIP_INDEX_URL, else PyPI (PEP 503 and 691). The sha256 that the index gives is checked. The status is 1, with the
 * reason on stderr, where the index cannot be reached or has no such wheel.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const [name, folder] = process.argv.slice(2);
const index = (process.env.PIP_INDEX_URL || 'https://pypi.org/simple').replace(/\/+$/, '');
/** An address, without repeating it where it is none: it may have a password. */
function addressOf(text, base) {
  if (!URL.canParse(text, base)) throw new Error('an address of the index is invalid');
  return new URL(text, base);
}

/** The end of the names of wheels for this machine. */
const platforms = {
  'linux x64': /-manylinux[\w.]*_x86_64\.whl$/,
  'win32 x64': /-win_amd64\.whl$/,
};

const pageOf = () => addressOf(`${index}/${name}/`);

/** The most bytes of a wheel. */
const most = 500_000_000;

/** Names of wheels, which are no paths, of versions that are no trials such as 2.0rc1. */
const released = /^[\w.]+-[\d.]+-[\w.+-]+$/;

/** A page or file. The name and password of an index go in a header, because fetch refuses them in an address. */
async function get(url, accept) {
  const page = pageOf();
  const { username, password } = page;
  const plain = new URL(url);
  Object.assign(plain, { username: '', password: '' });
  const isOurs = plain.origin === page.origin && username !== '';
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const headers = { accept, ...(isOurs && { authorization: `Basic ${secret}` }) };
  const response = await fetch(plain, { headers, signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${plain.host} answers ${response.status}`);
  return response;
}

/** The bytes of a file. @throws {Error} for more than {@link most}. */
async function download(url) {
  const response = await get(url, '*/*');
  const parts = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.length;
    if (size > most) throw new Error(`a wheel of more than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The files of a package as `{ url, filename, sha256 }`, from the index's JSON or its HTML; none that was withdrawn. */
async function filesOf() {
  const response = await get(pageOf(), 'application/vnd.pypi.simple.v1+json, text/html;q=0.1');
  const text = await response.text();
  if (/json/.test(response.headers.get('content-type') ?? '')) {
    return JSON.parse(text)
      .files.filter(({ yanked }) => !yanked)
      .map(({ url, filename, hashes }) => ({ url: addressOf(url, response.url), filename, sha256: hashes.sha256 }));
  }
  return [...text.matchAll(/<a\s[^>]*href="([^"#]+)(?:#sha256=(\w+))?[^"]*"[^>]*>\s*([^<\s]+)/gi)]
    .filter(([link]) => !/data-yanked/.test(link))
    .map(([, url, sha256, filename]) => ({
      url: addressOf(url.replaceAll('&amp;', '&'), response.url),
      filename,
      sha256,
    }));
}

try {
  const fits = platforms[`${process.platform} ${process.arch}`];
  if (!fits) throw new Error(`there is none for ${process.platform} ${process.arch}`);
  const byVersion = new Intl.Collator('en', { numeric: true });
  const wheels = (await filesOf()).filter(
    ({ filename, sha256 }) => released.test(filename) && fits.test(filename) && sha256,
  );
  const newest = wheels.sort((a, b) => byVersion.compare(a.filename, b.filename)).at(-1);
  if (!newest) throw new Error(`${pageOf().host} has none for ${process.platform} ${process.arch}`);
  const bytes = await download(newest.url);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== newest.sha256) throw new Error(`${newest.filename} has another sha256 than ${pageOf().host} says`);
  const file = join(folder, newest.filename);
  await writeFile(file, bytes);
  console.log(file);
} catch (error) {
  const reason = error?.cause?.code ?? error?.cause?.message ?? error?.message ?? error;
  console.error(`no wheel of ${name}: ${reason}`);
  process.exitCode = 1;
}
