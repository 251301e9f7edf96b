/**
 * Records the scores of finished runs in recipes/results, and writes docs/results.md from all records.
 *
 *   npm run build && npm run docs:results -- runs/multi30k sst2-gru=runs/sentiment
 *
 * A run belongs to the recipe with its task, data and model; NAME=RUN names it if there are several.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadRecipe } from 'heddle';
import { resultsPage } from './results/page.mjs';
import { recordOf } from './results/record.mjs';

const here = (path) => new URL(path, import.meta.url);
const publishedFile = 'published.json';
const readJson = (path) => JSON.parse(readFileSync(here(path), 'utf8'));
const filesIn = (path, ending) => readdirSync(here(path)).filter((file) => file.endsWith(ending));

try {
  const recipes = {};
  for (const file of filesIn('.', '.yaml')) recipes[file.slice(0, -5)] = await loadRecipe(fileURLToPath(here(file)));
  const records = process.argv.slice(2).map((run) => {
    const [, name, folder] = /^(?:([\w-]+)=)?(.+)$/.exec(run);
    return recordOf(folder, recipes, name);
  });
  for (const record of records)
    writeFileSync(here(`results/${record.recipe}.json`), `${JSON.stringify(record, null, 2)}\n`);
  const kept = filesIn('results', '.json').filter((file) => file !== publishedFile);
  const page = resultsPage(
    kept.map((file) => readJson(`results/${file}`)),
    readJson(`results/${publishedFile}`),
  );
  writeFileSync(here('../docs/results.md'), page);
  console.error(`docs/results.md: ${kept.length} results, ${records.length} of them new`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
