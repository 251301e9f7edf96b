import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../../io/error.ts';
import { unreadable } from '../../../io/file-error.ts';
import { remedyFor } from './cache-folder.ts';
import { type ElfFault, elfFault } from './elf-header.ts';

/** Names of libraries of Linux: `libtbb.so.12`. */
const libraryName = /\.so(\.\d+)*$/;

/** The faults of a plugin's own library, as messages name them. */
const faults: Readonly<Record<ElfFault, string>> = {
  short: 'a library that is cut off',
  cutOff: 'a library that is cut off',
  foreign: 'a library for another processor',
};

/** The names of the other libraries in the folder of a library; none if the folder cannot be listed. */
function librariesBeside(file: string): readonly string[] {
  try {
    return readdirSync(dirname(file)).filter((name) => libraryName.test(name) && name !== basename(file));
  } catch {
    return [];
  }
}

/** Whether loading a library ends the process: no other fault matters in one that may not be needed. */
function endsProcess(library: string): boolean {
  try {
    return statSync(library).isFile() && elfFault(library) === 'cutOff';
  } catch {
    return false;
  }
}

/** @throws {InputError} when a plugin's own library has a fault or cannot be read. */
function checkOwn(file: string): void {
  let fault: ElfFault | undefined;
  try {
    fault = elfFault(file);
  } catch (error) {
    throw unreadable(`engine: ${file}`, 'a library of a plugin', error);
  }
  if (!fault) return;
  throw new InputError(`engine: ${file}: expected a library of a plugin, got ${faults[fault]}${remedyFor(file)}`);
}

/**
 * Checks a plugin's library, and those beside it, which it may load: one that is cut off ends the process.
 *
 * @throws {InputError} when one of them is cut off, or the plugin's own cannot be read or is for another processor.
 */
export function checkLibraries(file: string): void {
  checkOwn(file);
  const cutOff = librariesBeside(file).find((name) => endsProcess(join(dirname(file), name)));
  if (cutOff === undefined) return;
  throw new InputError(
    `engine: ${file}: expected whole libraries beside it, got ${cutOff}, which is cut off${remedyFor(file)}`,
  );
}
