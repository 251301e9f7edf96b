/** Where the library of a plugin is: a path, the cache of unpacked wheels, or an active virtual environment. */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../../../io/error.ts';
import { unreadable } from '../../../io/file-error.ts';
import { engineCache } from './cache-folder.ts';
import { unpackWheel } from './wheel.ts';

/** The endings of libraries, by `process.platform`. */
const endings: Readonly<Record<string, string>> = { darwin: '.dylib', win32: '.dll' };

/** The libraries of ONNX Runtime's plugins; other files with this ending are what they load. */
const isPluginLibrary = (name: string): boolean =>
  name.includes('onnxruntime') && name.endsWith(endings[process.platform] ?? '.so');

const entriesOf = (folder: string): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

/** What `read` returns. @throws {InputError} when the path that a user gave cannot be read. */
function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(`engine: ${path}`, 'a library, a package or a wheel', error);
  }
}

/** The libraries of plugins in a folder, or in the packages directly inside it. */
function librariesIn(folder: string): readonly string[] {
  const own = (from: string) => entriesOf(from).filter(({ name }) => isPluginLibrary(name));
  const here = own(folder).map(({ name }) => join(folder, name));
  if (here.length > 0) return here;
  const packages = entriesOf(folder).filter((entry) => entry.isDirectory());
  return packages.flatMap(({ name }) => own(join(folder, name)).map((file) => join(folder, name, file.name)));
}

/** The one library in a folder. @throws {InputError} when there is none, or more than one, or it cannot be read. */
function libraryIn(folder: string, given: string): string {
  attempt(given, () => readdirSync(folder));
  const [first, ...others] = librariesIn(folder);
  if (first !== undefined && others.length === 0) return first;
  const got = first === undefined ? 'none' : [first, ...others].join(', ');
  throw new InputError(`engine: ${given}: expected one library of a plugin for ONNX Runtime in it, got ${got}`);
}

/**
 * The library of a plugin at a path: the library itself, the folder of its package, or a wheel, which is unpacked into
 * the cache.
 *
 * @throws {InputError} when there is no such file or folder, it cannot be read, it has no library, or the wheel is not
 *   whole or is for another machine.
 */
export function pluginAt(path: string): string {
  const file = resolve(path);
  const found = attempt(path, () => statSync(file, { throwIfNoEntry: false }));
  if (!found) throw new InputError(`engine: ${path}: expected a library, a package or a wheel, got no such file`);
  if (found.isDirectory()) return libraryIn(file, path);
  return file.endsWith('.whl') ? libraryIn(unpackWheel(file, engineCache()), path) : file;
}

/** The folders of a virtual environment's packages. */
function sitePackages(environment: string): readonly string[] {
  const pythons = entriesOf(join(environment, 'lib')).filter(({ name }) => name.startsWith('python'));
  return [
    ...pythons.map(({ name }) => join(environment, 'lib', name, 'site-packages')),
    join(environment, 'Lib', 'site-packages'),
  ];
}

/** Names such as `NAME-1.10.0-…` in the order of their versions, the newest first. */
const newestFirst = new Intl.Collator('en', { numeric: true });

/**
 * The libraries of a plugin by the name of its Python package, the first the one to use: in the cache, the newest version
 * first, then in the active virtual environment.
 */
export function installedPlugins(packageName: string): readonly string[] {
  const cached = entriesOf(engineCache()).filter(({ name }) => name.startsWith(`${packageName}-`));
  const folders = cached
    .map(({ name }) => join(engineCache(), name, packageName))
    .sort((a, b) => newestFirst.compare(b, a));
  const environment = process.env.VIRTUAL_ENV;
  const installed = environment ? sitePackages(environment).map((folder) => join(folder, packageName)) : [];
  return [...folders, ...installed].flatMap((folder) => librariesIn(folder));
}
