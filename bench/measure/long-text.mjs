import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median, row } from '../compare.mjs';

const script = fileURLToPath(new URL('../heddle/long-text.mjs', import.meta.url));
const run = promisify(execFile);
const rounds = 5;

/** Lengths in tokens; up to 704 BigBird attends to a text as a whole. */
export const textLengths = [512, 1024, 2048, 4096, 8192];

/** The median time and the peak of a process; undefined where it did not end, as for want of memory. */
async function measured(attention, length, more) {
  try {
    const { stdout } = await run(process.execPath, [
      script,
      '--attention',
      attention,
      '--length',
      String(length),
      ...more,
    ]);
    const { ms, before, peak } = JSON.parse(stdout);
    return { ms: median(ms), peak, before };
  } catch (error) {
    process.stderr.write(`${attention}, ${length} tokens: ${error.signal ?? error.stderr?.trim().split('\n')[0]}\n`);
    return undefined;
  }
}

/**
 * Time and peak memory of a BigBird over one text, forward and a training step, against the same model with full
 * attention. The first pass of each process is not counted.
 */
export const longText = (name, length) => async (bench) => {
  const rows = [];
  for (const [pass, options] of Object.entries({ pass: [], step: ['--trains'] })) {
    const more = [...options, '--rounds', String(bench.rounds ?? rounds)];
    const sparse = await measured('block_sparse', length, more);
    const full = await measured('original_full', length, more);
    const otherName = full ? 'full attention' : 'full attention, which did not end';
    const part = (suffix, unit, of) =>
      row({ name: `${name}-${suffix}`, unit, heddle: sparse ? of(sparse) : null, other: full && of(full), otherName });
    rows.push(
      part(pass, 'ms', ({ ms }) => ms),
      part(`${pass}-memory`, 'MB', ({ peak }) => peak),
    );
  }
  return rows;
};
