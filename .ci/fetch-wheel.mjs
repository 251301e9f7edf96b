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
const page = new URL(`${index}/${name}/`);

/** The end of the names of wheels for this machine. */
const platforms = {
  'linux x64': /-manylinux\w*_x86_64\.whl$/,
  'win32 x64': /-win_amd64\.whl$/,
};

/** A page or file. The name and password of an index go in a header, because fetch refuses them in an address. */
async function get(url, accept) {
  const { username, password } = page;
  const plain = new URL(url);
  Object.assign(plain, { username: '', password: '' });
  const isOurs = plain.host === page.host && username !== '';
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const headers = { accept, ...(isOurs && { authorization: `Basic ${secret}` }) };
  const response = await fetch(plain, { headers, signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${plain.host} answers ${response.status}`);
  return response;
}

/** The files of a package as `{ url, filename, sha256 }`, from the index's JSON or its HTML. */
async function filesOf() {
  const response = await get(page, 'application/vnd.pypi.simple.v1+json, text/html;q=0.1');
  const text = await response.text();
  if (/json/.test(response.headers.get('content-type') ?? '')) {
    return JSON.parse(text).files.map(({ url, filename, hashes }) => ({ url, filename, sha256: hashes.sha256 }));
  }
  return [...text.matchAll(/<a\s[^>]*href="([^"#]+)(?:#sha256=(\w+))?[^"]*"[^>]*>\s*([^<\s]+)/gi)].map(
    ([, url, sha256, filename]) => ({ url: url.replaceAll('&amp;', '&'), filename, sha256 }),
  );
}

try {
  const fits = platforms[`${process.platform} ${process.arch}`];
  if (!fits) throw new Error(`there is none for ${process.platform} ${process.arch}`);
  const byVersion = new Intl.Collator('en', { numeric: true });
  const wheels = (await filesOf()).filter(({ filename, sha256 }) => fits.test(filename) && sha256);
  const newest = wheels.sort((a, b) => byVersion.compare(a.filename, b.filename)).at(-1);
  if (!newest) throw new Error(`${page.host} has none for ${process.platform} ${process.arch}`);
  const bytes = Buffer.from(await (await get(new URL(newest.url, page), '*/*')).arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== newest.sha256) throw new Error(`${newest.filename} has another sha256 than ${page.host} says`);
  const file = join(folder, newest.filename);
  await writeFile(file, bytes);
  console.log(file);
} catch (error) {
  const reason = error?.cause?.code ?? error?.cause?.message ?? error?.message ?? error;
  console.error(`no wheel of ${name}: ${reason}`);
  process.exitCode = 1;
}
