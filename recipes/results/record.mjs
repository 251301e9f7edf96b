/** The record of a finished run: no paths, and nothing that the recipe already says. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** The main scores of each task; the first that a run has counts, unless the recipe selects by another one. */
const mainScores = {
  translation: ['bleu'],
  summarization: ['rougeL', 'exact_match'],
  'text2text-generation': ['exact_match'],
  'text-classification': ['accuracy'],
  'token-classification': ['f1', 'accuracy'],
  'image-classification': ['accuracy'],
  'question-answering': ['f1', 'exact_match'],
  'feature-extraction': ['accuracy'],
};

/** Fields that name folders of the machine. */
const places = ['data.root', 'model.model_name_or_path'];

/**
 * The record of the run in `folder`. `recipes`: all recipes by name; `name`: the run's recipe, found by comparison when absent.
 *
 * `changed` lists the differences of the run from its recipe, as arguments of `--set`.
 * @throws {Error} when the run is not finished, or no recipe or more than one has its task, data and model.
 */
export function recordOf(folder, recipes, name = undefined) {
  const { task, recipe, data = {}, parameters } = readJson(folder, 'heddle.json');
  const scores = Object.entries(readJson(folder, 'eval_results.json')).filter(isScore);
  const { global_step: updates, train_runtime: seconds = 0 } = readJson(folder, 'trainer_state.json');
  const own = name ?? nearest(folder, recipe, recipes);
  if (!Object.hasOwn(recipes, own))
    throw new Error(`${folder}: expected one of the recipes ${Object.keys(recipes).join(', ')}, got ${own}`);
  return {
    recipe: own,
    changed: differences(recipe, recipes[own]).map(([path, value]) => `${path}=${JSON.stringify(value)}`),
    task,
    model_type: readJson(folder, 'config.json').model_type,
    ...(recipe.model.model_name_or_path !== undefined && { is_finetuned: true }),
    parameters: parameters ?? weightsIn(join(folder, 'model.safetensors')),
    samples: data,
    updates,
    train_runtime: seconds > 0 ? Math.round(seconds) : null,
    seed: recipe.train.seed,
    main_score: mainScore(folder, recipe, Object.fromEntries(scores)),
    scores: Object.fromEntries(scores),
  };
}

function readJson(folder, file) {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`${folder}: expected a finished run, got a folder without ${file}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path}: expected JSON: ${error.message}`);
  }
}

const isScore = ([name]) => /^(eval|test)_/.test(name) && !/_(runtime|samples)$/.test(name);

/** The score of the test set, or of the validation set if there is no test set. */
function mainScore(folder, { task, train }, scores) {
  const selected = (train.metric_for_best_model ?? 'loss').replace(/^eval_/, '');
  const wanted = [...(selected === 'loss' ? [] : [selected]), ...(mainScores[task] ?? []), 'loss'];
  for (const name of wanted)
    for (const prefix of ['test', 'eval']) if (Object.hasOwn(scores, `${prefix}_${name}`)) return `${prefix}_${name}`;
  throw new Error(
    `${folder}: expected a score of ${wanted.join(', ')}, got ${Object.keys(scores).join(', ') || 'none'}`,
  );
}

/** Values by path, such as `model.cell`, without the names of folders. */
function leaves(value, path = '') {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value)
    .flatMap(([name, inner]) => leaves(inner, path ? `${path}.${name}` : name))
    .filter(([at]) => !places.includes(at));
}

/** Fields that follow from the length of a training unless a recipe sets them. */
const lengthFields = ['num_train_epochs', 'warmup_steps', 'eval_steps', 'save_steps'].map((field) => `train.${field}`);

/** Differences of a run from a recipe. A field that the run lacks did not exist when it was made. */
function differences(run, recipe) {
  const said = new Map(leaves(recipe));
  return leaves(run).filter(
    ([path, value]) =>
      !isEqual(said.get(path) ?? null, value ?? null) && (said.has(path) || !lengthFields.includes(path)),
  );
}

const isEqual = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The only recipe with the run's task, data and model. */
function nearest(folder, run, recipes) {
  const same = Object.keys(recipes).filter(
    (name) =>
      recipes[name].task === run.task &&
      !differences(run, recipes[name]).some(([path]) => /^(data|model)\./.test(path)),
  );
  if (same.length === 1) return same[0];
  const found = same.length > 1 ? same.join(' and ') : 'none';
  throw new Error(`${folder}: expected one recipe of its task, data and model, got ${found}; say which as NAME=RUN`);
}

/** Numbers in the tensors of a safetensors file, by its header alone. */
function weightsIn(path) {
  if (!existsSync(path)) return null;
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const header = Buffer.alloc(Number(length.readBigUInt64LE()));
    readSync(file, header, 0, header.length, 8);
    const tensors = Object.entries(JSON.parse(header.toString('utf8'))).filter(([name]) => name !== '__metadata__');
    return tensors.reduce((sum, [, { shape }]) => sum + shape.reduce((n, size) => n * size, 1), 0);
  } finally {
    closeSync(file);
  }
}
