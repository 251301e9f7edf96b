/**
 * Whether two builds train the same: `node bench/same-training.mjs PATH/TO/OTHER/dist/cli/main.js`. Each recipe of
 * `test/golden/old-run` is trained by both for 20 updates, as it is and with every random path, and what they write is
 * compared: weights, optimizer and tokenizer byte for byte; JSON and logs by their values, without times. A field that
 * one build alone writes is listed, since builds gain fields, and does not count as a difference. Model cards are left out. Run it before and after a
 * change that is to change no number. It fails if anything differs.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const [other] = process.argv.slice(2);
if (!other) throw new Error('usage: node bench/same-training.mjs PATH/TO/OTHER/dist/cli/main.js');

const recipes = pathOf('../test/golden/old-run');
const mains = { own: pathOf('../dist/cli/main.js'), other };
const length = ['train.max_steps=20', 'train.save_steps=10', 'train.eval_steps=10'];

/** Values set in a recipe. Dropouts are those that the model has. */
const variants = {
  plain: () => length,
  'clipped, accumulated, in two shards, with dropout': (recipe) => [
    ...length,
    'train.max_grad_norm=0.5',
    'train.gradient_accumulation_steps=2',
    'train.shards=2',
    ...(/model_type: (recurrent|transformer|marian)/.test(recipe) ? ['model.dropout=0.2'] : []),
  ],
};

/** Numbers that are times. */
const isTime = (name) => /runtime|per_second/.test(name);

const withoutTimes = (value) => JSON.parse(JSON.stringify(value, (name, inner) => (isTime(name) ? undefined : inner)));

const parsed = (file, text) =>
  file.endsWith('.jsonl')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : JSON.parse(text);

const isMapping = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where two values differ; `alone`: fields that only one of them has. */
function compared(a, b, path, found) {
  if (!isMapping(a) || !isMapping(b)) {
    if (!isDeepStrictEqual(a, b)) found.changed.push(path);
    return found;
  }
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = path ? `${path}.${name}` : name;
    if (Object.hasOwn(a, name) && Object.hasOwn(b, name)) compared(a[name], b[name], inner, found);
    else found.alone.push(inner);
  }
  return found;
}

/** How a file of both runs differs. */
function differencesOf(file, a, b) {
  const found = { changed: [], alone: [] };
  if (a.equals(b)) return found;
  if (!/\.jsonl?$/.test(file)) return { changed: ['bytes'], alone: [] };
  const [one, two] = [a, b].map((bytes) => withoutTimes(parsed(file, bytes.toString())));
  return compared(one, two, '', found);
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => file !== 'README.md')
    .sort();

let differences = 0;
for (const name of readdirSync(recipes)) {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-same-'));
  try {
    cpSync(join(recipes, name), folder, { recursive: true });
    const recipe = readFileSync(join(folder, 'recipe.yaml'), 'utf8');
    for (const [variant, settings] of Object.entries(variants)) {
      const set = settings(recipe).flatMap((value) => ['--set', value]);
      for (const [side, main] of Object.entries(mains)) {
        const call = [main, 'train', 'recipe.yaml', '--out', side, '--overwrite', ...set];
        execFileSync(process.execPath, call, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      }
      const [own, theirs] = Object.keys(mains).map((side) => filesIn(join(folder, side)));
      const missing = [...own, ...theirs].filter((file) => !own.includes(file) || !theirs.includes(file));
      const read = (side, file) => readFileSync(join(folder, side, file));
      const both = own.filter((file) => theirs.includes(file));
      const found = both.map((file) => [file, differencesOf(file, read('own', file), read('other', file))]);
      const changed = found.flatMap(([file, { changed: at }]) => at.map((path) => `${file}: ${path}`));
      const alone = new Set(found.flatMap(([, one]) => one.alone));
      for (const what of [...missing, ...changed]) process.stdout.write(`${name}, ${variant}: ${what} differs\n`);
      differences += missing.length + changed.length;
      const noted = alone.size > 0 ? `; in one build alone: ${[...alone].join(', ')}` : '';
      process.stdout.write(`${name}, ${variant}: ${both.length} files compared${noted}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
process.exitCode = differences > 0 ? 1 : 0;
