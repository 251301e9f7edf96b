import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';

/** Where the system keeps files that programs can make again, by `process.platform`. */
const caches: Readonly<Record<string, () => string>> = {
  darwin: () => join(homedir(), 'Library', 'Caches'),
  win32: () => process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'),
};

const linuxCache = (): string => process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/** The folder of unpacked engines. */
export const engineCache = (): string => join((caches[process.platform] ?? linuxCache)(), 'heddle', 'engines');

/** The folder of the unpacked engine that a file belongs to; undefined if it is in none. */
function unpackedFolder(file: string): string | undefined {
  const [first = '..', ...others] = relative(engineCache(), file).split(sep);
  return first === '..' || others.length === 0 ? undefined : join(engineCache(), first);
}

/** What to do about a library in the cache that does not load, to be added to an error; empty for any other. */
export function remedyFor(file: string): string {
  const folder = unpackedFolder(file);
  return folder ? `; remove ${folder} and name the wheel again` : '';
}
