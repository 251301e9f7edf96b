/** Small wheels, whole and damaged. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

interface Zip {
  addFile(name: string, data: Buffer): void;
  writeZip(file: string): void;
}
const AdmZip: new () => Zip = createRequire(import.meta.url)('adm-zip');

/** What of a wheel may differ from a whole one. */
interface WheelParts {
  /** Its files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that its RECORD lists; default: `files`. */
  readonly listed?: Readonly<Record<string, string>>;
  readonly record?: boolean;
  /** Its platform; null: none is named. Default `any`. */
  readonly platform?: string | null;
  /** How its RECORD hashes files. Default sha256. */
  readonly algorithm?: string;
  /** Files beside RECORD that it does not list. */
  readonly beside?: readonly string[];
}

/** The file of a library on this system. */
export const libraryFile = (name: string): string =>
  `lib${name}.${({ darwin: 'dylib', win32: 'dll' } as Readonly<Record<string, string>>)[process.platform] ?? 'so'}`;

export const wheelName = 'tiny_engine-1.2.0';

/** Writes a wheel. */
export function writeWheel(
  file: string,
  { files, listed = files, record = true, platform = 'any', algorithm = 'sha256', beside = [] }: WheelParts,
): void {
  const zip = new AdmZip();
  const about = `${wheelName}.dist-info`;
  const tags = { [`${about}/WHEEL`]: `Wheel-Version: 1.0\n${platform ? `Tag: py3-none-${platform}\n` : ''}` };
  for (const [path, text] of Object.entries({ ...files, ...tags })) zip.addFile(path, Buffer.from(text));
  const rows = Object.entries({ ...listed, ...tags }).map(([path, text]) => {
    const hash = createHash(algorithm).update(text).digest('base64url');
    return `${path},${algorithm}=${hash},${Buffer.byteLength(text)}`;
  });
  const place = `${about}/RECORD`;
  if (record) zip.addFile(place, Buffer.from(`${[...rows, `${place},,`].join('\n')}\n`));
  for (const name of beside) zip.addFile(`${about}/${name}`, Buffer.from('{}'));
  zip.writeZip(file);
}
