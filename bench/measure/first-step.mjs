import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { median, row } from '../compare.mjs';
import { BenchError } from '../peer.mjs';
import { sentences } from '../synthetic.mjs';

const rounds = 3;
const pathOf = (file) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const recipe = pathOf('recipes/multi30k-en-de.yaml');

/**
 * Seconds from the command `heddle train` to its first update: reading text, training the tokenizer, encoding, tracing,
 * compiling and one step of the Multi30k recipe, on its data (`--data`) or on made-up text of that size.
 */
export const firstStep = (name) => async (bench) => {
  const settings = bench.data ? { 'data.root': bench.data } : await madeUpText(await bench.temporary());
  const seconds = [];
  for (let i = 0; i < (bench.rounds ?? rounds); i++)
    seconds.push(await timeToFirstStep(settings, await bench.temporary()));
  return [row({ name, unit: 's', heddle: median(seconds) })];
};

/** As many pairs as Multi30k has. */
async function madeUpText(folder) {
  for (const [i, side] of ['source', 'target'].entries()) {
    await writeFile(join(folder, `${side}.txt`), `${sentences(29_000, i).join('\n')}\n`);
  }
  const files = { source: 'source.txt', target: 'target.txt' };
  return { 'data.root': folder, 'data.train': files, 'data.validation': null, 'data.test': null };
}

async function timeToFirstStep(settings, out) {
  const all = { ...settings, 'train.max_steps': 2, 'train.logging_steps': 1 };
  const set = Object.entries(all).flatMap(([path, value]) => ['--set', `${path}=${JSON.stringify(value)}`]);
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    [pathOf('dist/cli/main.js'), 'train', recipe, '--out', join(out, 'run'), ...set],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (!/^step 1\//m.test(said)) continue;
    const seconds = (performance.now() - begin) / 1000;
    child.kill();
    await ended;
    return seconds;
  }
  throw new BenchError(`heddle train ended before its first update:\n${said.trimEnd()}`);
}
