/** A package registry on this machine, which serves the installed packages: npm installs from it without a network. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { root } from './heddle.ts';

export interface Registry {
  readonly url: string;
  close(): void;
}

/** What makes packages large and no test in Node reads: source maps, libraries of other platforms, other WASM builds. */
const leftOut = [
  '*.map',
  '*.jsep.wasm',
  '*.jspi.wasm',
  '*.asyncify.wasm',
  ...['darwin', 'linux', 'win32']
    .filter((platform) => platform !== process.platform)
    .map((platform) => `bin/napi-v6/${platform}`),
];

/** Folders of every installed package by its name; several where versions differ. */
async function installedPackages(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { packages } = JSON.parse(await readFile(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  const found = new Map<string, string[]>();
  for (const path of Object.keys(packages)) {
    const name = path.split('node_modules/').at(-1);
    if (name === path || name === undefined || packages[path].link) continue;
    found.set(name, [...(found.get(name) ?? []), path]);
  }
  return found;
}

/** The document that a registry has of a package, with a tarball for each of its versions. */
async function packument(name: string, folders: readonly string[], url: string): Promise<object> {
  const versions = await Promise.all(
    folders.map(async (folder) => {
      const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
      const { install, postinstall, preinstall } = manifest.scripts ?? {};
      const tarball = `${url}/-/${encodeURIComponent(folder)}`;
      return { ...manifest, hasInstallScript: Boolean(install ?? postinstall ?? preinstall), dist: { tarball } };
    }),
  );
  return {
    name,
    'dist-tags': { latest: versions[0].version },
    versions: Object.fromEntries(versions.map((manifest) => [manifest.version, manifest])),
  };
}

/** A package's files. npm takes the first folder of a tarball away, whatever its name is. */
function sendTarball(folder: string, response: ServerResponse): void {
  const excluded = ['node_modules', ...leftOut].map((pattern) => `--exclude=${pattern}`);
  const args = [...excluded, '-cf', '-', '-C', join(root, dirname(folder)), basename(folder)];
  spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout.pipe(response);
}

export async function startRegistry(): Promise<Registry> {
  const packages = await installedPackages();
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1));
    if (name.startsWith('-/')) return sendTarball(decodeURIComponent(name.slice(2)), response);
    const folders = packages.get(name);
    if (!folders) return void response.writeHead(404).end('{}');
    void packument(name, folders, url).then((document) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => server.close().closeAllConnections() };
}
