import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { row } from '../compare.mjs';
import { BenchError } from '../peer.mjs';
import { writeRandomWeights } from '../synthetic.mjs';

const script = fileURLToPath(new URL('../heddle/memory-load.mjs', import.meta.url));
const run = promisify(execFile);

/** The most that may be in memory while a model is loaded and its programs are compiled, in MB, for a file of so many. */
const bounds = {
  '': (file) => 2.2 * file + 200,
  '-low': (file) => 1.4 * file + 150,
};

/** Share of the file that the programs of one more lane may add on average, each. */
const mostOfProgram = 0.03;

/**
 * Peak of a fresh process that loads a model and compiles the programs of four lanes, and what each program of a further
 * lane adds; fails where that is more than it may be. `--rounds` is the size of the model in MB.
 */
export const memoryLoad = (name, kind) => async (bench) => {
  const folder = join(await bench.temporary(), kind);
  await writeRandomWeights(folder, kind, bench.rounds ?? 300);
  const rows = [];
  for (const [suffix, bound] of Object.entries(bounds)) {
    const options = suffix ? ['--low-memory'] : [];
    const { stdout } = await run(process.execPath, ['--expose-gc', script, folder, ...options]);
    const { file, programs_of_lane: first, steps, peak, ...more } = JSON.parse(stdout);
    const further = steps.slice(first);
    const each = further.reduce((sum, megabytes) => sum + megabytes, 0) / further.length;
    const most = bound(file);
    if (peak > most) throw new BenchError(`a peak of at most ${most} MB expected, got ${peak}`);
    if (each > mostOfProgram * file) throw new BenchError(`${mostOfProgram * file} MB a program expected, got ${each}`);
    const rounded = (numbers) => numbers.map((x) => Math.round(x * 10) / 10);
    rows.push(
      row({ name: name + suffix, unit: 'MB', heddle: peak, file, bound: most, steps: rounded(steps), ...more }),
      row({ name: `${name}${suffix}-program`, unit: 'MB', heddle: each }),
    );
  }
  return rows;
};
