import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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
  expect(await readdir(join(found, `${wheelName}.dist-info`))).toEqual(['WHEEL']);
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

const machine = `${process.platform} ${process.arch}`;
const here: Readonly<Record<string, readonly string[]>> = {
  'linux x64': ['manylinux_2_28_x86_64', 'manylinux2014_x86_64', 'linux_x86_64', 'musllinux_1_2_x86_64'],
  'linux arm64': ['manylinux_2_28_aarch64'],
  'darwin x64': ['macosx_10_9_x86_64', 'macosx_11_0_universal2'],
  'darwin arm64': ['macosx_11_0_arm64', 'macosx_11_0_universal2'],
  'win32 x64': ['win_amd64'],
  'win32 arm64': ['win_arm64'],
};

test('a wheel for this machine is unpacked, and one for another is refused with both machines', async () => {
  const unpack = (platform: string | null) => {
    writeWheel(at('machine.whl'), { files, platform });
    return unpackWheel(at('machine.whl'), at('machines'));
  };
  const fitting = here[machine] ?? [];
  for (const platform of fitting) expect(await readdir(unpack(platform))).toContain('tiny_engine');
  const others = Object.values(here)
    .flat()
    .filter((platform) => !fitting.includes(platform));
  for (const platform of others) {
    expect(() => unpack(platform)).toThrow(
      `machine.whl: expected a wheel for this machine (${machine}), got ${platform}`,
    );
  }
  expect(() => unpack(null)).toThrow('got one that names no platform');
  expect(await readdir(at('machines'))).toHaveLength(fitting.length);
});

test('what a process that was killed had begun to unpack is removed, and what another is unpacking is left', async () => {
  const [old, recent] = ['0123456789ab', 'ba9876543210'].map((mark) => at(`killed/.tiny_engine-1.2.0-aa.${mark}.tmp`));
  for (const path of [old, recent]) await mkdir(path, { recursive: true });
  await writeFile(join(old, 'half'), 'x');
  await utimes(old, 0, 0);
  const found = unpackWheel(at('whole.whl'), at('killed'));
  expect((await readdir(at('killed'))).sort()).toEqual([basename(recent), basename(found)].sort());
});

test('a cache that cannot be written is refused with its path', async () => {
  await writeFile(at('a-file'), '');
  expect(() => unpackWheel(at('whole.whl'), at('a-file/cache'))).toThrow(
    /a-file\/cache\/tiny_engine-\S+: expected a folder for the unpacked wheel, got a file$/,
  );
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
