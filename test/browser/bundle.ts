/** A page's script and the engine's workers, bundled from the sources as an application would do it. */

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = (file: string): string => fileURLToPath(new URL(`../../src/runtime/${file}.ts`, import.meta.url));

const workers = { 'web-worker': source('web-worker'), 'webgpu-worker': source('webgpu-worker') };

/**
 * Files by path: `/page.js` from `entry`, `/web-worker.js`, `/webgpu-worker.js`, and the chunks they share.
 *
 * @throws when `entry` reaches a module of Node's: esbuild knows none of them for a browser and none is let out.
 */
export async function bundle(entry: URL): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: { page: fileURLToPath(entry), ...workers },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: '/',
    write: false,
    logLevel: 'silent',
  });
  return new Map(outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]));
}
