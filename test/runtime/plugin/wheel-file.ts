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
  /** How its RECORD hashes files. Default sha256. */
  readonly algorithm?: string;
  /** Files beside RECORD that it does not list. */
  readonly beside?: readonly string[];
}

export const wheelName = 'tiny_engine-1.2.0';

/** Writes a wheel. */
export function writeWheel(
  file: string,
  { files, listed = files, record = true, algorithm = 'sha256', beside = [] }: WheelParts,
): void {
  const zip = new AdmZip();
  for (const [path, text] of Object.entries(files)) zip.addFile(path, Buffer.from(text));
  const rows = Object.entries(listed).map(([path, text]) => {
    const hash = createHash(algorithm).update(text).digest('base64url');
    return `${path},${algorithm}=${hash},${Buffer.byteLength(text)}`;
  });
  const place = `${wheelName}.dist-info/RECORD`;
  if (record) zip.addFile(place, Buffer.from(`${[...rows, `${place},,`].join('\n')}\n`));
  for (const name of beside) zip.addFile(`${wheelName}.dist-info/${name}`, Buffer.from('{}'));
  zip.writeZip(file);
}
