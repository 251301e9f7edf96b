import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { engineCache } from '../../../src/runtime/node/plugin/cache-folder.ts';
import { hasOpenVino, openVinoBackend } from '../../../src/runtime/node/plugin/plugin.ts';
import { installedPlugins, pluginAt } from '../../../src/runtime/node/plugin/plugin-file.ts';
import { libraryFile, writeWheel } from './wheel-file.ts';

const library = libraryFile('onnxruntime_tiny');

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const write = async (...parts: string[]) => {
  await mkdir(dirname(at(...parts)), { recursive: true });
  await writeFile(at(...parts), '');
  return at(...parts);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-plugin-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

test('the path of a plugin is its library, its package, or the folder of its package', async () => {
  const file = await write('site-packages', 'tiny_engine', library);
  await write('site-packages', 'tiny_engine', 'libother.so');
  await write('site-packages', 'tiny_engine-1.2.0.dist-info', 'RECORD');
  for (const path of [file, dirname(file), dirname(dirname(file))]) expect(pluginAt(path)).toBe(file);
});

test('a wheel is unpacked into the cache, where its package is found by name from then on', () => {
  vi.stubEnv('XDG_CACHE_HOME', at('cached'));
  vi.stubEnv('LOCALAPPDATA', at('cached'));
  vi.stubEnv('HOME', at('cached'));
  expect(installedPlugins('tiny_engine')).toEqual([]);
  writeWheel(at('tiny.whl'), { files: { [`tiny_engine/${library}`]: 'x' } });
  const file = pluginAt(at('tiny.whl'));
  expect(file.startsWith(engineCache())).toBe(true);
  expect(installedPlugins('tiny_engine')).toEqual([file]);
  expect(installedPlugins('tiny')).toEqual([]);
});

test('of several versions in the cache the newest is the first, by its number', async () => {
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, at('versions'));
  for (const version of ['1.9.0', '1.10.0', '1.2.0']) {
    await mkdir(join(engineCache(), `tiny_engine-${version}-0a`, 'tiny_engine'), { recursive: true });
    await writeFile(join(engineCache(), `tiny_engine-${version}-0a`, 'tiny_engine', library), '');
  }
  const versions = installedPlugins('tiny_engine').map((file) => /tiny_engine-([\d.]+)/.exec(file)?.[1]);
  expect(versions).toEqual(['1.10.0', '1.9.0', '1.2.0']);
});

test('an active virtual environment is searched after the cache', async () => {
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME']) vi.stubEnv(name, at('empty'));
  const file = await write('venv', 'lib', 'python3.12', 'site-packages', 'tiny_engine', library);
  expect(installedPlugins('tiny_engine')).toEqual([]);
  vi.stubEnv('VIRTUAL_ENV', at('venv'));
  expect(installedPlugins('tiny_engine')).toEqual([file]);
});

test('whether OpenVINO is on this machine is asked of folders alone: no library is loaded', async () => {
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'HOME', 'VIRTUAL_ENV']) vi.stubEnv(name, at('asked'));
  expect(hasOpenVino()).toBe(false);
  const packageName = 'onnxruntime_ep_openvino';
  await write('asked', 'lib', 'python3.12', 'site-packages', packageName, libraryFile('onnxruntime_openvino'));
  // The file is empty, so loading it would fail.
  expect(hasOpenVino()).toBe(true);
  expect(() => openVinoBackend()).toThrow(
    /libonnxruntime_openvino\.\w+: (expected a library|ONNX Runtime \S+ does not load it)/,
  );
});

test('a path without a plugin is refused with what is there', async () => {
  await write('two', libraryFile('onnxruntime_a'));
  await write('two', libraryFile('onnxruntime_b'));
  await mkdir(at('none'));
  await writeFile(at('none', 'libonnxruntime_other_system.so.1'), '');
  await symlink(at('loop'), at('loop'));
  expect(() => pluginAt(at('nowhere'))).toThrow(/nowhere: expected a library, a package or a wheel, got no such file$/);
  expect(() => pluginAt(at('none'))).toThrow(
    /none: expected one library of a plugin for ONNX Runtime in it, got none$/,
  );
  expect(() => pluginAt(at('two', libraryFile('onnxruntime_a'), 'inside'))).toThrow(/inside: no such file$/);
  expect(() => pluginAt(at('loop'))).toThrow(
    /loop: expected a library, a package or a wheel, got a link that points to itself$/,
  );
  expect(() => pluginAt(at('two'))).toThrow(/got .*libonnxruntime_a\.\w+, .*libonnxruntime_b\.\w+$/);
});
