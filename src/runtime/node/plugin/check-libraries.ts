import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '../../../io/error.ts';
import { unreadable } from '../../../io/file-error.ts';
import { remedyFor } from './cache-folder.ts';
import { cutOffFault, elfFault } from './elf-header.ts';

/** Names of libraries of Linux: `libtbb.so.12`. */
const libraryName = /\.so(\.\d+)*$/;

/** The other libraries in the folder of a library; none if the folder cannot be listed. */
function librariesBeside(file: string): readonly string[] {
  try {
    return readdirSync(dirname(file))
      .filter((name) => libraryName.test(name))
      .map((name) => join(dirname(file), name))
      .filter((path) => path !== file && statSync(path, { throwIfNoEntry: false })?.isFile());
  } catch {
    return [];
  }
}

/** @throws {InputError} when `faultOf` finds one in a library, or the library cannot be read. */
function check(library: string, faultOf: (library: string) => string | undefined): void {
  let fault: string | undefined;
  try {
    fault = faultOf(library);
  } catch (error) {
    throw unreadable(`engine: ${library}`, 'a library of a plugin', error);
  }
  if (fault)
    throw new InputError(`engine: ${library}: expected a library of a plugin, got ${fault}${remedyFor(library)}`);
}

/**
 * Checks a plugin's library, and those beside it, which it may load: one that is cut off ends the process.
 *
 * @throws {InputError} when one of them cannot be read or is cut off, or the plugin's own is for another processor.
 */
export function checkLibraries(file: string): void {
  check(file, elfFault);
  for (const library of librariesBeside(file)) check(library, cutOffFault);
}
