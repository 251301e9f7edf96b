import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from './bundle.ts';
import { type Browser, openBrowser } from './harness.ts';
import { serve } from './server.ts';

const failing = new URL('./failing-page.ts', import.meta.url);

describe('the browser harness', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('what the page throws is thrown', async () => {
    await expect(browser.run({ entry: failing, argument: 'throws' })).rejects.toThrow('thrown by the page');
  });

  test('what the page logs as an error, and a missing file, are reported', async () => {
    const { value, errors } = await browser.run({ entry: failing, argument: 'logs' });
    expect(value).toBe('done');
    expect(errors.join('\n')).toContain('logged by the page');
    expect(errors.join('\n')).toMatch(/missing\.json: status 404/);
  });

  test('a page that hangs is given up', async () => {
    const run = browser.run({ entry: failing, argument: 'hangs', timeout: 300 });
    await expect(run).rejects.toThrow('no result within 300 ms');
  });
});

test('an entry that reaches a module of Node does not bundle', async () => {
  await expect(bundle(new URL('./node-page.ts', import.meta.url))).rejects.toThrow(/Could not resolve "node:fs"/);
});

test('the server gives files of its folders and nothing outside', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const server = await serve({ contents: new Map([['/a.js', 'a']]), folders: { '/files/': folder }, isolated: true });
  try {
    const found = await fetch(`${server.origin}/files/failing-page.ts`);
    expect(await found.text()).toContain('Fails as told');
    expect(found.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(await (await fetch(`${server.origin}/a.js`)).text()).toBe('a');
    for (const path of ['/b.js', '/files/', '/files/..%2fruntime%2fbackend-suite.ts', '/files/%ff']) {
      expect((await fetch(server.origin + path)).status, path).toBe(404);
    }
  } finally {
    await server.close();
  }
});
