/** Not for a browser: it reaches a module of Node's. */
import { readFileSync } from 'node:fs';

export default async function read(path: string): Promise<number> {
  return readFileSync(path).length;
}
