/** Files and folders: read strictly, written whole or not at all, with errors that say where. */
export * from './check.ts';
export * from './disk-folder.ts';
export * from './error.ts';
export * from './folder.ts';
export * from './json.ts';
export * from './nearest.ts';
export * from './text-file.ts';
export * from './url-folder.ts';
export * from './whole-file.ts';
