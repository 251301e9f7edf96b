/** Runs a TypeScript module in headless Chromium and brings back what it returns. */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { type Page, chromium as playwright } from 'playwright-core';
import { bundle } from './bundle.ts';
import { chromium } from './chromium.ts';
import { type Server, serve } from './server.ts';

export interface PageRun {
  /** A module whose default export is `(argument) => Promise<value>`, both of which JSON can hold. */
  readonly entry: URL;
  readonly argument?: unknown;
  /** Folders the page can fetch from, by path prefix: `{ '/model/': folder }`. ONNX Runtime's files are at `/`. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Changes what is served, by path: given the text that is bundled, if any; a file is not there where none is given back. */
  readonly edits?: Readonly<Record<string, (bundled: string) => string | undefined>>;
  /** How often a path is refused, with status 503, before it is served. */
  readonly refusedFirst?: Readonly<Record<string, number>>;
  /** Headers of every answer besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Path of the page that answers for missing files, as status 200. */
  readonly fallback?: string;
  /** Whether the page may share memory between threads, as a page served with the right headers may; true when absent. */
  readonly isolated?: boolean;
  /** Give up after so many milliseconds; 60,000 when absent. */
  readonly timeout?: number;
}

export interface PageResult {
  readonly value: unknown;
  /** Console errors, uncaught exceptions, failed requests. */
  readonly errors: readonly string[];
}

/** A page that is built already. */
export interface Visit {
  /** Its folders by path prefix; `/index.html` is opened. */
  readonly folders: Readonly<Record<string, string>>;
  readonly isolated: boolean;
  /** Path of the page that answers for missing files, as {@link Site}. */
  readonly fallback?: string;
  readonly timeout?: number;
}

export interface Read {
  /** What the page has written into its `output`. */
  readonly text: string;
  readonly errors: readonly string[];
}

export interface Visited extends Read {
  /** Paths of the files that it loaded. */
  readonly loaded: readonly string[];
}

export interface Browser {
  /** Opens a page and waits until its `output` has a text other than `…`. @throws {Error} when the time is over. */
  read(address: string, timeout?: number): Promise<Read>;
  /** {@link read}, of a page that is served for it. */
  visit(visit: Visit): Promise<Visited>;
  /** @throws {Error} what the module threw, with the page's errors, or that the time is over. */
  run(run: PageRun): Promise<PageResult>;
  close(): Promise<void>;
}

/** Besides playwright's own: no sandbox (tests may run as root), no helpers that call home, no host but this one. */
const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

const html = '<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,">';
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));

function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.url()}: status ${response.status()}`);
  });
  return errors;
}

async function evaluate(page: Page, server: Server, { argument, timeout = 60_000 }: PageRun): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page gave no result within ${timeout} ms`)), timeout);
  });
  try {
    await page.goto(server.origin);
    const call = `import('/page.js').then((page) => page.default(${JSON.stringify(argument)}))`;
    return await Promise.race([page.evaluate(call), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts the browser; `extraFlags` are added to the command line. */
export async function openBrowser(extraFlags: readonly string[] = []): Promise<Browser> {
  const browser = await playwright.launch({ ...(await chromium()), args: [...flags, ...extraFlags] });
  const read = async (address: string, timeout = 60_000): Promise<Read> => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const errors = collectErrors(page);
    try {
      await page.goto(address);
      const output = page.locator('output:not(:text-is("…"))');
      return { text: (await output.textContent({ timeout })) ?? '', errors };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error([`the page wrote nothing: ${message}`, ...errors].join('\n  '));
    } finally {
      await context.close();
    }
  };
  return {
    async run(run) {
      const { headers = {}, refusedFirst = {}, fallback, isolated = true } = run;
      const contents = new Map<string, Uint8Array | string>([['/index.html', html], ...(await bundle(run.entry))]);
      for (const [path, edit] of Object.entries(run.edits ?? {})) {
        const edited = edit(new TextDecoder().decode(contents.get(path) as Uint8Array | undefined));
        if (edited === undefined) contents.delete(path);
        else contents.set(path, edited);
      }
      const folders = { '/': ortFolder, ...run.folders };
      const server = await serve({ contents, folders, isolated, headers, refusedFirst, ...(fallback && { fallback }) });
      const context = await browser.newContext();
      const page = await context.newPage();
      const errors = collectErrors(page);
      try {
        return { value: await evaluate(page, server, run), errors };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error([`page ${run.entry}: ${message}`, ...errors].join('\n  '));
      } finally {
        await context.close();
        await server.close();
      }
    },
    read,
    async visit({ timeout, ...site }) {
      const server = await serve({ contents: new Map(), ...site });
      try {
        return { ...(await read(server.origin, timeout)), loaded: [...server.served] };
      } finally {
        await server.close();
      }
    },
    close: () => browser.close(),
  };
}
