/** docs/results.md holds what the kept records say, and a record holds what a finished run's own files say. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from './page.ts';

interface RunRecord {
  readonly recipe: string;
  readonly task: string;
  readonly main_score: string;
  readonly scores: Readonly<Record<string, number | string>>;
  readonly [field: string]: unknown;
}

interface Published {
  readonly recipes: readonly string[];
  readonly name: string;
  readonly score: string;
  readonly value: number;
  readonly source: string;
}

let resultsPage: (records: readonly RunRecord[], published: readonly Published[]) => string;
let recordOf: (folder: string, recipes: Readonly<Record<string, unknown>>, name?: string) => RunRecord;

// The scripts are plain programs of Node without types.
const script = (name: string) => import(join(root, 'recipes/results', name));
beforeAll(async () => {
  ({ resultsPage } = await script('page.mjs'));
  ({ recordOf } = await script('record.mjs'));
});

const results = join(root, 'recipes/results');
const json = (file: string) => JSON.parse(readFileSync(join(results, file), 'utf8'));
const kept = readdirSync(results).filter((file) => file.endsWith('.json') && file !== 'published.json');
const published: readonly Published[] = json('published.json');
const recipeNames = readdirSync(join(root, 'recipes'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -5));

describe('what is kept', () => {
  test('docs/results.md is what the records say; `npm run docs:results` writes it', () => {
    expect(kept.length).toBeGreaterThan(1);
    expect(readFileSync(join(root, 'docs/results.md'), 'utf8')).toBe(resultsPage(kept.map(json), published));
  });

  test.each(kept)('%s is of a recipe that is there, has its main score, and names no place', (file) => {
    const record: RunRecord = json(file);
    expect(file).toBe(`${record.recipe}.json`);
    expect(recipeNames).toContain(record.recipe);
    expect(record.scores[record.main_score]).toBeTypeOf('number');
    expect(JSON.stringify(record)).not.toMatch(/root=|"\/|\/home|\/tmp/);
  });

  test('published figures have a source and belong to recipes that are there', () => {
    for (const { recipes, value, source } of published) {
      expect(recipes.filter((name) => !recipeNames.includes(name))).toEqual([]);
      expect(value).toBeGreaterThan(0);
      expect(source).not.toBe('');
    }
  });
});

describe('a record', () => {
  let folder: string;
  const write = (file: string, content: unknown) => writeFileSync(join(folder, file), JSON.stringify(content));
  const recipe = {
    task: 'text-classification',
    data: { root: 'data', train: { file: 'a.tsv' } },
    model: { model_type: 'recurrent_encoder', cell: 'gru' },
    train: { seed: 7, max_steps: 10, metric_for_best_model: 'eval_loss', added: true },
  };
  const recipes = { one: recipe, other: { ...recipe, model: { ...recipe.model, cell: 'lstm' } } };
  const run = {
    ...recipe,
    data: { ...recipe.data, root: '/somewhere' },
    train: { seed: 7, max_steps: 5, metric_for_best_model: 'eval_loss' },
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-results-'));
    write('heddle.json', { task: run.task, recipe: run, data: { train: 3 } });
    write('config.json', { model_type: 'recurrent_encoder' });
    write('eval_results.json', {
      eval_accuracy: 0.5,
      test_loss: 1,
      test_accuracy: 0.25,
      test_samples: 4,
      eval_runtime: 2,
    });
    write('trainer_state.json', { global_step: 5, train_runtime: 12.4 });
    return () => rmSync(folder, { recursive: true });
  });

  test('says what was run, its scores and its changes to the recipe, but no paths', () => {
    expect(recordOf(folder, recipes)).toEqual({
      recipe: 'one',
      changed: ['train.max_steps=5'],
      task: 'text-classification',
      model_type: 'recurrent_encoder',
      parameters: null,
      samples: { train: 3 },
      updates: 5,
      train_runtime: 12,
      seed: 7,
      main_score: 'test_accuracy',
      scores: { eval_accuracy: 0.5, test_loss: 1, test_accuracy: 0.25 },
    });
  });

  test('of a run that starts from a folder has the family of that folder, and not its path', () => {
    const tuned = { ...recipe, model: { model_name_or_path: 'models/one' } };
    const own = { ...tuned, model: { model_name_or_path: '/somewhere/else' } };
    write('heddle.json', { task: run.task, recipe: own });
    write('config.json', { model_type: 'bert' });
    expect(recordOf(folder, { tuned })).toMatchObject({ model_type: 'bert', is_finetuned: true, changed: [] });
  });

  test('leaves out what follows from the length of a training where the recipe does not say it', () => {
    const length = { num_train_epochs: 21, warmup_steps: 102, eval_steps: 103, save_steps: 103 };
    write('heddle.json', { task: run.task, recipe: { ...run, train: { ...run.train, ...length } } });
    expect(recordOf(folder, recipes).changed).toEqual(['train.max_steps=5']);
    const saying = { ...recipe, train: { ...recipe.train, save_steps: 500 } };
    expect(recordOf(folder, { ...recipes, one: saying }, 'one').changed).toEqual([
      'train.max_steps=5',
      'train.save_steps=103',
    ]);
  });

  test('counts parameters in the header of the weights where the run did not', () => {
    const header = JSON.stringify({
      __metadata__: { format: 'pt' },
      a: { dtype: 'F32', shape: [3, 4], data_offsets: [0, 48] },
      b: { dtype: 'F32', shape: [], data_offsets: [48, 52] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([length, Buffer.from(header), Buffer.alloc(52)]));
    expect(recordOf(folder, recipes).parameters).toBe(13);
    write('heddle.json', { task: run.task, recipe: run, parameters: 99 });
    expect(recordOf(folder, recipes).parameters).toBe(99);
  });

  test('has as main score the one that the recipe selects by, else the task’s; without a test set, of the validation set', () => {
    const selecting = { ...run, train: { ...run.train, metric_for_best_model: 'eval_f1' } };
    write('heddle.json', { task: run.task, recipe: selecting });
    write('eval_results.json', { eval_accuracy: 0.5, eval_f1: 0.4 });
    expect(recordOf(folder, recipes)).toMatchObject({
      main_score: 'eval_f1',
      changed: ['train.max_steps=5', 'train.metric_for_best_model="eval_f1"'],
    });
    write('heddle.json', { task: run.task, recipe: run });
    expect(recordOf(folder, recipes).main_score).toBe('eval_accuracy');
  });

  test.each([
    [
      'a run that is not finished',
      () => rmSync(join(folder, 'eval_results.json')),
      'expected a finished run, got a folder without eval_results.json',
    ],
    ['a broken file', () => writeFileSync(join(folder, 'heddle.json'), '{'), 'heddle.json: expected JSON'],
    ['a run without scores', () => write('eval_results.json', {}), 'expected a score of accuracy, loss, got none'],
  ])('is refused for %s', (_, harm, message) => {
    harm();
    expect(() => recordOf(folder, recipes)).toThrow(message);
  });

  test('needs one matching recipe, or its name', () => {
    const twins = { ...recipes, twin: recipe };
    expect(() => recordOf(folder, twins)).toThrow(
      'expected one recipe of its task, data and model, got one and twin; say which as NAME=RUN',
    );
    expect(() => recordOf(folder, { other: recipes.other })).toThrow('got none');
    expect(recordOf(folder, twins, 'twin').recipe).toBe('twin');
    expect(recordOf(folder, recipes, 'other').changed).toContain('model.cell="gru"');
    expect(() => recordOf(folder, recipes, 'third')).toThrow('expected one of the recipes one, other, got third');
  });
});

test('a row has the main score first, figures beside it and dashes for what a run did not record', () => {
  const record = {
    recipe: 'one',
    changed: ['train.max_steps=5', 'train.note="a b"'],
    task: 'translation',
    model_type: 'marian',
    parameters: 12345,
    samples: { train: 3000 },
    updates: 5,
    train_runtime: null,
    seed: 7,
    main_score: 'test_bleu',
    scores: { eval_bleu: 3, test_bleu: 40.126, test_bleu_signature: 'x', test_exact_match: 0.125 },
  };
  const figure = { recipes: ['one'], name: 'theirs', score: 'bleu', value: 41, source: 'a place' };
  const page = resultsPage([record], [figure, { ...figure, recipes: ['two'], name: 'not this' }]);
  expect(page).toContain(
    '| [one](../recipes/one.yaml) | **40.13** BLEU | 41.00 theirs | test | exact match 12.50 % | `marian` | 12,345 | 3,000 | 5 | — | 7 |',
  );
  expect(page).toContain('- 41.00 BLEU, theirs: a place.');
  expect(page).toContain('--set train.max_steps=5 \\\n  --set \'train.note="a b"\'');
  expect(page).not.toContain('not this');
  expect(resultsPage([{ ...record, train_runtime: 3600, samples: undefined }], [])).toContain('| — | 5 | 60 min | 7 |');
});
