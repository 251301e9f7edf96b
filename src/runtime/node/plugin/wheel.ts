/** Python wheels: zip archives whose file `RECORD` has the hash of every other file (PEP 427). */

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InputError } from '../../../io/error.ts';
import { unreadable, unwritable } from '../../../io/file-error.ts';
import { removeAtExit } from '../../../io/leftover.ts';
import { isUnfinished } from '../../../io/whole-file.ts';

/** A file in an archive, as `adm-zip` has it; the package comes with `onnxruntime-node`. */
interface ZipEntry {
  readonly entryName: string;
  readonly isDirectory: boolean;
  getData(): Uint8Array;
}

type Zip = new (archive: Buffer) => { getEntries(): readonly ZipEntry[] };

const recordFile = /^([^/]+)\.dist-info\/RECORD$/;
/** Signatures of `RECORD`, which it does not list. They are not unpacked. */
const signatureFile = /^[^/]+\.dist-info\/RECORD\.(jws|p7s)$/;
/** A line of `RECORD`: the path, and how it is hashed; PEP 427 allows no weaker hash. */
const recordLine = /^"?(.+?)"?,(sha256|sha384|sha512)=([\w-]+)=*,\d*$/;

/** Whether a path stays in its folder: no drive, no backslash, no `..`. */
const isInside = (path: string): boolean =>
  !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** The platforms of a wheel that fit a machine, by `process.platform` and `process.arch`; `any` fits every machine. */
const platformTags: Readonly<Record<string, RegExp>> = {
  'linux x64': /linux\w*_x86_64$/,
  'linux arm64': /linux\w*_aarch64$/,
  'darwin x64': /^macosx_\w+_(x86_64|universal2)$/,
  'darwin arm64': /^macosx_\w+_(arm64|universal2)$/,
  'win32 x64': /^win_amd64$/,
  'win32 arm64': /^win_arm64$/,
};

/** The platforms in a wheel's file `WHEEL`: `Tag: py3-none-manylinux_2_28_x86_64`. */
const platformsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^Tag: *[^-\s]+-[^-\s]+-(\w+)\s*$/gm)].map(([, platform = '']) => platform);

/** The hash of a file, in base64url. */
interface Hash {
  readonly algorithm: string;
  readonly digest: string;
}

/** The hash of every file of a `RECORD`, by path. Only `RECORD` itself has none. */
function hashesOf(record: string): ReadonlyMap<string, Hash> {
  const rows = record.split(/\r?\n/).flatMap((line) => {
    const [, path, algorithm, digest] = recordLine.exec(line) ?? [];
    return path && algorithm && digest ? [[path, { algorithm, digest }] as const] : [];
  });
  return new Map(rows);
}

/** @throws {InputError} when the file cannot be read. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(`engine: ${file}`, 'a whole wheel', error);
  }
}

/** A wheel whose files are unpacked and checked on demand. */
class Wheel {
  /** Its name and version, and the beginning of the sha256 of its `RECORD`. */
  readonly name: string;
  readonly #file: string;
  readonly #entries: readonly ZipEntry[];
  readonly #hashes: ReadonlyMap<string, Hash>;

  /**
   * @throws {InputError} when the file cannot be read, is not a zip archive with a `RECORD`, or is a wheel for another
   *   machine.
   */
  constructor(file: string) {
    this.#file = file;
    const archive = contentOf(file);
    try {
      const engine = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
      const AdmZip: Zip = createRequire(engine)('adm-zip');
      this.#entries = new AdmZip(archive).getEntries().filter(({ isDirectory }) => !isDirectory);
    } catch (error) {
      throw this.#torn(`a file that does not unpack (${error instanceof Error ? error.message : error})`);
    }
    const entry = this.#entries.find(({ entryName }) => isInside(entryName) && recordFile.test(entryName));
    if (!entry) throw this.#torn('an archive without RECORD');
    const record = this.#data(entry);
    this.#checkPlatform(entry.entryName.replace(/RECORD$/, 'WHEEL'));
    this.#hashes = hashesOf(Buffer.from(record).toString('utf8'));
    const mark = createHash('sha256').update(record).digest('hex').slice(0, 12);
    this.name = `${recordFile.exec(entry.entryName)?.[1]}-${mark}`;
  }

  /** Every file but `RECORD` and its signatures, checked against it. @throws {InputError} when a file is damaged, missing or one too many. */
  *files(): Generator<readonly [path: string, data: Uint8Array]> {
    const missing = new Set(this.#hashes.keys());
    for (const entry of this.#entries) {
      const path = entry.entryName;
      if (recordFile.test(path) || signatureFile.test(path)) continue;
      if (!isInside(path)) throw this.#torn(`a path that leaves it: ${path}`);
      const listed = this.#hashes.get(path);
      if (!listed || !missing.delete(path)) throw this.#torn(`${path}, which its RECORD does not list`);
      const data = this.#data(entry);
      if (createHash(listed.algorithm).update(data).digest('base64url') !== listed.digest) {
        throw this.#torn(`${path} with another ${listed.algorithm} than in its RECORD`);
      }
      yield [path, data];
    }
    const [first] = missing;
    if (first !== undefined) throw this.#torn(`none of ${first}, which its RECORD lists`);
  }

  #checkPlatform(place: string): void {
    const entry = this.#entries.find(({ entryName }) => entryName === place);
    if (!entry) throw this.#torn('an archive without WHEEL');
    const platforms = platformsOf(Buffer.from(this.#data(entry)).toString('utf8'));
    const machine = `${process.platform} ${process.arch}`;
    if (platforms.some((platform) => platform === 'any' || platformTags[machine]?.test(platform))) return;
    const got = platforms.join(', ') || 'one that names no platform';
    throw new InputError(`engine: ${this.#file}: expected a wheel for this machine (${machine}), got ${got}`);
  }

  #data(entry: ZipEntry): Uint8Array {
    try {
      return entry.getData();
    } catch (error) {
      throw this.#torn(`${entry.entryName} damaged (${error instanceof Error ? error.message : error})`);
    }
  }

  #torn(found: string): InputError {
    return new InputError(`engine: ${this.#file}: expected a whole wheel, got ${found}; fetch it again`);
  }
}

/** Milliseconds after which nobody unpacks any more. */
const abandonedAfter = 3_600_000;

/** Removes what processes that were killed had begun to unpack. */
function removeAbandoned(cache: string): void {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache).filter(isUnfinished)) {
    const path = join(cache, name);
    const begun = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - begun > abandonedAfter) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Unpacks a wheel into a folder of `cache`, unless it is there, and returns that folder. Every file is checked against
 * the wheel's `RECORD`. The folder appears whole or not at all, and several processes may unpack a wheel at once.
 *
 * @throws {InputError} when the file cannot be read, is not a whole wheel or is for another machine, or the cache cannot
 *   be written.
 */
export function unpackWheel(file: string, cache: string): string {
  const wheel = new Wheel(file);
  const folder = join(cache, wheel.name);
  if (existsSync(folder)) return folder;
  const temporary = join(cache, `.${wheel.name}.${randomBytes(6).toString('hex')}.tmp`);
  const remove = () => {
    if (existsSync(temporary)) rmSync(temporary, { recursive: true, force: true });
  };
  const keepAtExit = removeAtExit(remove);
  try {
    removeAbandoned(cache);
    for (const [path, data] of wheel.files()) {
      const target = join(temporary, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, data, { flush: true });
    }
    renameSync(temporary, folder);
  } catch (error) {
    // Another process was first.
    if (!existsSync(folder)) throw unwritable(folder, 'a folder for the unpacked wheel', error);
  } finally {
    remove();
    keepAtExit();
  }
  return folder;
}
