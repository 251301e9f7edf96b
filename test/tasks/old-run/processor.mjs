/** The kind of processor that this process runs on: results of the engine are equal to the byte on equal kinds only. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const file = '/proc/cpuinfo';

export function processor() {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const fields = ['cpu family', 'model', 'stepping'].flatMap((name) => {
    const found = text.match(new RegExp(`^${name}\\s*: (.*)$`, 'm'));
    return found ? [`${name} ${found[1]}`] : [];
  });
  return [cpus()[0].model, ...fields].join(', ');
}
