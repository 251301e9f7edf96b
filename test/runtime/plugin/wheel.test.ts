import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unpackWheel } from '../../../src/runtime/node/plugin/wheel.ts';
import { wheelName, writeWheel } from './wheel-file.ts';

const library = 'tiny_engine/libonnxruntime_tiny.so';
const files: Readonly<Record<string, string>> = {
  'tiny_engine/__init__.py': '',
  [library]: 'a library '.repeat(1000),
  'tiny_engine/data/table.json': '{}',
};

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-wheel-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a wheel is unpacked once, with every file but RECORD, under its name and version', async () => {
  writeWheel(at('whole.whl'), { files });
  const found = unpackWheel(at('whole.whl'), at('cache'));
  expect(found.startsWith(at(`cache/${wheelName}-`))).toBe(true);
  for (const [path, text] of Object.entries(files)) expect(await readFile(join(found, path), 'utf8')).toBe(text);
  await writeFile(join(found, 'mark'), '');
  expect(unpackWheel(at('whole.whl'), at('cache'))).toBe(found);
  expect(await readdir(at('cache'))).toEqual([found.slice(at('cache/').length)]);
  expect(await readdir(found)).toContain('mark');
});

test('a wheel may be signed, and hashed with more bits', async () => {
  writeWheel(at('signed.whl'), { files, algorithm: 'sha512', beside: ['RECORD.jws'] });
  const found = unpackWheel(at('signed.whl'), at('signed'));
  for (const [path, text] of Object.entries(files)) expect(await readFile(join(found, path), 'utf8')).toBe(text);
  expect(await readdir(found)).not.toContain(`${wheelName}.dist-info`);
  writeWheel(at('weak.whl'), { files, algorithm: 'md5' });
  expect(() => unpackWheel(at('weak.whl'), at('signed'))).toThrow(/which its RECORD does not list/);
});

test('another wheel of the same name and version has its own folder', () => {
  writeWheel(at('other.whl'), { files: { ...files, [library]: 'another' } });
  expect(unpackWheel(at('other.whl'), at('cache'))).not.toBe(unpackWheel(at('whole.whl'), at('cache')));
});

describe('is refused, and leaves nothing in the cache:', () => {
  const { [library]: _, ...fewer } = files;
  test.each([
    [
      'a file with another content than RECORD says',
      { files, listed: { ...files, [library]: 'other' } },
      /another sha256/,
    ],
    ['a file that RECORD lists and is not there', { files: fewer, listed: files }, /none of tiny_engine\/libonnx/],
    [
      'a file that RECORD does not list',
      { files, listed: fewer },
      /libonnxruntime_tiny\.so, which its RECORD does not list/,
    ],
    ['an archive without RECORD', { files, record: false }, /an archive without RECORD/],
  ])('%s', async (name, parts, message) => {
    writeWheel(at('wrong.whl'), parts);
    const cache = at(`cache of ${name}`);
    expect(() => unpackWheel(at('wrong.whl'), cache)).toThrow(message);
    expect(() => unpackWheel(at('wrong.whl'), cache)).toThrow(/^engine: .*wrong\.whl: expected a whole wheel, got /);
    expect(await readdir(cache).catch(() => [])).toEqual([]);
  });

  test('a download that stopped early, and any file that is no archive', async () => {
    const bytes = await readFile(at('whole.whl'));
    for (const share of [0, 0.3, 0.9, 0.999]) {
      await writeFile(at('torn.whl'), bytes.subarray(0, Math.floor(share * bytes.length)));
      expect(() => unpackWheel(at('torn.whl'), at('torn'))).toThrow(/expected a whole wheel, got .*; fetch it again$/);
    }
    expect(await readdir(at('torn')).catch(() => [])).toEqual([]);
  });

  test('any changed byte of a file in it', async () => {
    const bytes = await readFile(at('whole.whl'));
    const start = bytes.indexOf('libonnxruntime_tiny.so') + 'libonnxruntime_tiny.so'.length;
    for (const place of [0, 5, 11]) {
      const changed = Uint8Array.from(bytes);
      changed[start + place] ^= 0xff;
      await writeFile(at('changed.whl'), changed);
      expect(() => unpackWheel(at('changed.whl'), at('changed')), `byte ${place}`).toThrow('expected a whole wheel');
    }
    expect(await readdir(at('changed')).catch(() => [])).toEqual([]);
  });

  test('a path that leads out of the folder', () => {
    const outside = { '../outside.txt': 'x' };
    writeWheel(at('outside.whl'), { files: outside });
    expect(() => unpackWheel(at('outside.whl'), at('inner/cache'))).toThrow('expected a whole wheel');
  });
});

test('several processes unpack one wheel at once, and all get the whole of it', async () => {
  const call = `
    const { unpackWheel } = await import(${JSON.stringify(new URL('../../../dist/runtime/node/plugin/wheel.js', import.meta.url).href)});
    process.stdout.write(unpackWheel(${JSON.stringify(at('whole.whl'))}, ${JSON.stringify(at('shared'))}));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', call]);
  const found = new Set((await Promise.all([run(), run(), run(), run()])).map(({ stdout }) => stdout));
  expect(found.size).toBe(1);
  expect((await readdir(at('shared'))).length).toBe(1);
  const [whole = ''] = found;
  for (const [path, text] of Object.entries(files)) expect(await readFile(join(whole, path), 'utf8')).toBe(text);
});
