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
}

export const wheelName = 'tiny_engine-1.2.0';

/** Writes a wheel. */
export function writeWheel(file: string, { files, listed = files, record = true }: WheelParts): void {
  const zip = new AdmZip();
  for (const [path, text] of Object.entries(files)) zip.addFile(path, Buffer.from(text));
  const rows = Object.entries(listed).map(([path, text]) => {
    const hash = createHash('sha256').update(text).digest('base64url');
    return `${path},sha256=${hash},${Buffer.byteLength(text)}`;
  });
  const place = `${wheelName}.dist-info/RECORD`;
  if (record) zip.addFile(place, Buffer.from(`${[...rows, `${place},,`].join('\n')}\n`));
  zip.writeZip(file);
}
