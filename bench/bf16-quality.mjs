/**
 * Whether trainings in bfloat16 end where those in float32 do:
 * `node bench/bf16-quality.mjs RECIPE --out DIR [--seeds N] [--set PATH=VALUE]… [--score NAME]… [--threads N]`.
 *
 * Trains a recipe with seeds 1 … N (default 3), each in float32 on `cpu` and in bfloat16 on `openvino`, and prints the ends of
 * both, their means and their spread over the seeds. It is a bench and not a recipe, because the recipe is whatever is given.
 * Runs stay in DIR: a call that was stopped goes on where it ended, and more seeds can be added.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    set: { type: 'string', multiple: true, default: [] },
    score: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string' },
  },
});
/** Ends the process: the call is wrong. */
function refuse(message) {
  process.stderr.write(`bf16-quality: ${message}\n`);
  process.exit(2);
}

const [recipe] = positionals;
if (!recipe || !values.out)
  refuse('expected a recipe and --out DIR; more: --seeds N, --set PATH=VALUE, --score NAME, --threads N');
if (!/^[1-9]\d*$/.test(values.seeds)) refuse(`--seeds: expected a whole number of at least 1, got ${values.seeds}`);

const sides = {
  'float32, cpu': ['train.engine=cpu'],
  'bfloat16, openvino': ['train.engine=openvino', 'train.bf16=true'],
};
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const threads = values.threads === undefined ? [] : [`train.threads=${values.threads}`];

/** The scores of one run; trains it unless it is finished. */
function scoresOf(side, settings, seed) {
  const out = join(values.out, `${side.replace(/\W+/g, '-')}-${seed}`);
  const set = [...values.set, ...threads, ...settings, `train.seed=${seed}`].flatMap((text) => ['--set', text]);
  const resume = existsSync(out) ? ['--resume'] : [];
  execFileSync(process.execPath, [main, 'train', recipe, '--out', out, ...resume, ...set], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const scores = JSON.parse(readFileSync(join(out, 'eval_results.json'), 'utf8'));
  const missing = values.score.find((name) => typeof scores[name] !== 'number');
  if (missing !== undefined) refuse(`--score: expected one of ${Object.keys(scores).join(', ')}, got ${missing}`);
  return scores;
}

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const ends = new Map(Object.keys(sides).map((side) => [side, []]));
// Seed by seed, so that a call that is stopped has as many of one side as of the other.
for (const seed of seeds)
  for (const [side, settings] of Object.entries(sides)) ends.get(side).push(scoresOf(side, settings, seed));

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const spread = (numbers) => Math.max(...numbers) - Math.min(...numbers);
const text = (x) => x.toFixed(4);
const isScore = (name) => typeof ends.get('float32, cpu')[0][name] === 'number' && !/runtime|samples/.test(name);
const names = values.score.length ? values.score : Object.keys(ends.get('float32, cpu')[0]).filter(isScore);
console.log(`| score | type, engine | ${seeds.map((seed) => `seed ${seed}`).join(' | ')} | mean | spread |`);
console.log(`|---|---|${'---|'.repeat(seeds.length + 2)}`);
for (const name of names)
  for (const [side, scores] of ends) {
    const numbers = scores.map((score) => score[name]);
    const cells = [...numbers, mean(numbers), spread(numbers)].map(text);
    console.log(`| ${name} | ${side} | ${cells.join(' | ')} |`);
  }
