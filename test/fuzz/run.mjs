/** Bundles the fuzz run, which is written in TypeScript, and starts it; see main.ts. */
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);
mkdirSync('node_modules/.cache', { recursive: true });
const outfile = `node_modules/.cache/heddle-fuzz-${process.pid}.mjs`;
const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' };
await build({ entryPoints: ['test/fuzz/main.ts'], outfile, ...options });
try {
  await import(pathToFileURL(outfile));
} finally {
  rmSync(outfile);
}
