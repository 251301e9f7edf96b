/** A Chromium that needs nothing installed: the one that the package `@sparticuz/chromium` carries, unpacked once. */

import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

export interface Chromium {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The package's archives, and the folders into which they are unpacked. */
const archives = { 'al2023.tar.br': 'al2023', 'fonts.tar.br': 'fonts', 'swiftshader.tar.br': '.' } as const;

async function unpack(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tar = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => tar.on('error', reject).on('close', resolve));
  // tar reads to the end of the archive, which comes before that of the stream, and says itself whether it was whole.
  await pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin).catch(() => undefined);
  const status = await ended;
  if (status !== 0) throw new Error(`browser tests: tar could not unpack ${archive}, status ${status}`);
}

/** Fonts beside the file; their cache where it is named whole, for a relative one lands in the current directory. */
const fontConfig = (cacheFolder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir>${cacheFolder}</cachedir></fontconfig>
`;

/**
 * Unpacks the browser, its own NSS and expat libraries, a software GPU and a font into `node_modules/.cache`, and says
 * how to start it. Several processes may do so at once: each unpacks beside and the first to finish is kept.
 *
 * `HEDDLE_CHROMIUM`, the path of an installed Chromium or Chrome, is taken instead when set.
 * @throws {Error} on a machine for which the package has no browser.
 */
export async function chromium(): Promise<Chromium> {
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1]));
  if (env.HEDDLE_CHROMIUM) return { executablePath: env.HEDDLE_CHROMIUM, env };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `browser tests: the bundled Chromium is for linux x64, got ${process.platform} ${process.arch}; set HEDDLE_CHROMIUM to the path of an installed one`,
    );
  }
  const packageFolder = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../..');
  const { version }: { version: string } = createRequire(import.meta.url)(join(packageFolder, 'package.json'));
  const folder = join(cache, `chromium-${version}`);
  if (!(await exists(folder))) {
    await mkdir(cache, { recursive: true });
    const beside = await mkdtemp(join(cache, 'chromium-'));
    try {
      const at = (archive: string) => join(packageFolder, 'bin', archive);
      const program = createWriteStream(join(beside, 'chromium'), { mode: 0o700 });
      await pipeline(createReadStream(at('chromium.br')), createBrotliDecompress(), program);
      for (const [archive, to] of Object.entries(archives)) await unpack(at(archive), join(beside, to));
      await writeFile(join(beside, 'fonts', 'fonts.conf'), fontConfig(join(folder, 'fonts', 'cache')));
      await rename(beside, folder);
    } catch (error) {
      await rm(beside, { recursive: true });
      if (!(await exists(folder))) throw error;
    }
  }
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...env,
      LD_LIBRARY_PATH: [join(folder, 'al2023', 'lib'), env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
      FONTCONFIG_FILE: join(folder, 'fonts', 'fonts.conf'),
    },
  };
}
