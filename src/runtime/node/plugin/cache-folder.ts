import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the system keeps files that programs can make again, by `process.platform`. */
const caches: Readonly<Record<string, () => string>> = {
  darwin: () => join(homedir(), 'Library', 'Caches'),
  win32: () => process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'),
};

const linuxCache = (): string => process.env.XDG_CACHE_HOME || join(homedir(), '.cache');

/** The folder of unpacked engines. */
export const engineCache = (): string => join((caches[process.platform] ?? linuxCache)(), 'heddle', 'engines');
