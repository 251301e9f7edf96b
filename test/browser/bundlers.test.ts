/** Heddle in a page, with the bundlers that people have: the projects of docs/browser-bundlers.md. */
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/tasks/index.ts';
import { build, root } from '../cli/heddle.ts';
import { writeSmallModel } from '../tasks/model-folder.ts';
import {
  type Bundler,
  buildProject,
  bundlers,
  installedFolder,
  pagePath,
  projectOf,
  removeFolder,
} from './bundler-project.ts';
import { type Browser, openBrowser } from './harness.ts';
import { isolationHeaders } from './server.ts';

/**
 * Most bytes of script that a page may load, before compression: a sixth above what they load. A pipeline brings every
 * family, and the tokenizers that are made from other files than `tokenizer.json`.
 */
const mostScript: Readonly<Record<Bundler, number>> = {
  Vite: 780_000,
  webpack: 880_000,
  esbuild: 800_000,
  Rollup: 1_820_000,
};

/** Chromium logs as errors that a file which may be missing is, and that the rest of an answer is not wanted. */
const isAskedFor = (error: string): boolean =>
  /\.json: status 404|Failed to load resource: .* 404|: net::ERR_ABORTED$/.test(error);

interface Sizes {
  readonly bytes: number;
  readonly gzipped: number;
}
const kB = (bytes: number): string => Math.round(bytes / 1000).toLocaleString('en');
const cell = ({ bytes, gzipped }: Sizes): string => `${kB(bytes)} (${kB(gzipped)})`;

async function sizesOf(folder: string, paths: readonly string[]): Promise<Sizes> {
  const files = await Promise.all(paths.map((path) => readFile(join(folder, path))));
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
  return { bytes: sum(files.map(({ length }) => length)), gzipped: sum(files.map((file) => gzipSync(file).length)) };
}

let installed: string;
let model: string;
let browser: Browser;
let expected: string;
const rows = new Map<Bundler, string>();

beforeAll(async () => {
  await build();
  installed = await installedFolder();
  model = await writeSmallModel(join(installed, 'model'));
  const translator = await pipeline('translation', model);
  [{ translation_text: expected }] = await translator('the 3rd of May, 1998');
  await translator.dispose();
  browser = await openBrowser();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await removeFolder(installed);
});

describe.each(bundlers)('a page built with %s as the docs say', (bundler) => {
  let dist: string;
  beforeAll(async () => {
    dist = await buildProject(bundler, await projectOf(bundler, installed));
  }, 300_000);

  const visit = (isolated: boolean, fallback?: string) =>
    browser.visit({ folders: { '/': dist, '/model/': model }, isolated, ...(fallback && { fallback }) });

  test('translates as Node does when it is isolated, so with threads, and loads no more than it may', async () => {
    const { text, errors, loaded } = await visit(true);
    expect(text).toBe(expected);
    expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
    const paths = await readdir(dist, { recursive: true });
    const files = (await Promise.all(paths.map((path) => stat(join(dist, path))))).filter((file) => file.isFile());
    const emitted = files.reduce((total, { size }) => total + size, 0);
    const loadedAs = (ending: RegExp) =>
      sizesOf(
        dist,
        loaded.filter((path) => ending.test(path)),
      );
    const [script, wasm] = [await loadedAs(/\.m?js$/), await loadedAs(/\.wasm$/)];
    rows.set(bundler, `| ${bundler} | ${kB(emitted)} | ${cell(script)} | ${cell(wasm)} |`);
    expect(paths.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
    expect(script.bytes).toBeLessThan(mostScript[bundler]);
  });

  test('translates as Node does when it is not isolated', async () => {
    const { text, errors } = await visit(false);
    expect(text).toBe(expected);
    expect(errors.filter((error) => !isAskedFor(error))).toEqual([]);
  });

  test('translates where the server answers with its page for what is missing', async () => {
    expect((await visit(true, '/index.html')).text).toBe(expected);
  });
});

test("Vite's development server serves the same project", async () => {
  const project = await projectOf('Vite', installed, 'development');
  await cp(model, join(project, 'public/model'), { recursive: true });
  const server = await createServer({
    root: project,
    configFile: false,
    logLevel: 'silent',
    // The project's dependencies are links that lead out of it.
    server: { host: '127.0.0.1', port: 0, fs: { strict: false }, headers: isolationHeaders },
  });
  try {
    await server.listen();
    const [address = ''] = server.resolvedUrls?.local ?? [];
    expect((await browser.read(address)).text).toBe(expected);
  } finally {
    await server.close();
  }
}, 120_000);

/** The sizes in a row of the page's table. */
const numbersIn = (row: string): number[] =>
  [...row.matchAll(/[\d,]+/g)].map(([text]) => Number(text.replace(',', '')));

test('the table of the docs says what pages load, within a tenth; HEDDLE_DOCS_BUNDLES=write writes it', async () => {
  const path = join(root, pagePath);
  let text = await readFile(path, 'utf8');
  for (const [bundler, row] of rows) {
    const [before = ''] = new RegExp(`^\\| ${bundler} \\|.*$`, 'm').exec(text) ?? [];
    if (process.env.HEDDLE_DOCS_BUNDLES === 'write') text = text.replace(before, row);
    else {
      numbersIn(row).forEach((size, i) => {
        expect(Math.abs(numbersIn(before)[i] / size - 1), `${before}\nnow ${row}`).toBeLessThan(0.1);
      });
    }
  }
  if (process.env.HEDDLE_DOCS_BUNDLES === 'write') await writeFile(path, text);
  expect([...rows.keys()]).toEqual(bundlers);
});
