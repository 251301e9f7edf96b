/** Downloads of a page: Chromium's `fetch` fails in its own words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { config, type OddServer, serveOddities } from '../io/odd-server.ts';
import { type Browser, openBrowser } from './harness.ts';

const entry = new URL('./folder-page.ts', import.meta.url);
const whole: readonly string[] = ['spa', 'every file as text/html', 'moved'];
const broken: Readonly<Record<string, RegExp>> = {
  'breaks off': /expected the whole file, got /,
  'breaks off in a chunk': /expected the whole file, got /,
  'sends less than it says': /expected the whole file, got /,
  'says more than there can be': /expected (the whole file|an answer), got /,
  'cuts a file and says nothing': /expected .*, got the end of the file$/,
  'cuts gzip': /expected .*, got /,
  'calls text gzip': /expected (the whole file|an answer), got /,
  hangs_up: /expected an answer, got Failed to fetch/,
  loop: /expected an answer, got Failed to fetch/,
  login: /expected a file, got an HTML page \(status 200, from http:\S+\/login\)/,
  'no sharing': /expected an answer, got Failed to fetch/,
  403: /expected a file, got status 403 Forbidden/,
  500: /expected a file, got status 500 Internal Server Error/,
};

let server: OddServer;
let browser: Browser;
beforeAll(async () => {
  server = await serveOddities();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});

async function read(names: readonly string[]): Promise<readonly string[]> {
  const { value } = await browser.run({ entry, argument: names.map((name) => server.folder(name)) });
  return value as readonly string[];
}

test('reads what is there', async () => {
  expect(await read(whole)).toEqual(whole.map(() => config));
});

test('every download that goes wrong is an error that names its file', async () => {
  const outcomes = await read(Object.keys(broken));
  Object.entries(broken).forEach(([name, reason], i) => {
    expect(outcomes[i], name).toMatch(/^InputError: http:\S+\/m\/config\.json(:1:\d+)?: [^\n]+$/);
    expect(outcomes[i], name).toMatch(reason);
  });
});
