/** docs/results.md, from records and published figures. */

const dash = '—';
const names = {
  bleu: 'BLEU',
  chrf: 'chrF',
  f1: 'F1',
  f1_micro: 'micro F1',
  f1_weighted: 'weighted F1',
  ece: 'calibration error',
  exact_match: 'exact match',
  word_error_rate: 'wrong words',
  per: 'phone error rate',
  wer: 'word error rate',
  cer: 'character error rate',
  rouge1: 'ROUGE-1',
  rouge2: 'ROUGE-2',
  rougeL: 'ROUGE-L',
  rougeLsum: 'ROUGE-Lsum',
  recall_at_1: 'nearest text right',
  mrr: 'mean reciprocal rank',
};
const sets = { test: 'test', eval: 'validation' };

/** Scores printed unchanged; all others are shares of 1. */
const decimals = {
  bleu: 2,
  chrf: 2,
  ter: 2,
  loss: 3,
  perplexity: 2,
  nats_per_character: 3,
  bits_per_character: 3,
  mse: 3,
  mae: 3,
  pearson: 3,
  spearman: 3,
};

function showScore(name, value) {
  if (typeof value !== 'number') return String(value);
  return name in decimals ? value.toFixed(decimals[name]) : `${(100 * value).toFixed(2)} %`;
}

/** `test_f1_micro` → test, f1_micro. */
const parted = (score) => [score.slice(0, score.indexOf('_')), score.slice(score.indexOf('_') + 1)];
const titleOf = (name) => names[name] ?? name.replaceAll('_', ' ');
const count = (n) => (typeof n === 'number' ? n.toLocaleString('en-US') : dash);

function duration(seconds) {
  if (seconds === null || seconds === undefined) return dash;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Scores of the main score's set besides it. Signatures and what says the same again are left to the record. */
function otherScores({ main_score: main, scores }) {
  const [prefix] = parted(main);
  return Object.entries(scores)
    .filter(([name, value]) => name.startsWith(`${prefix}_`) && name !== main && typeof value === 'number')
    .map(([name, value]) => `${titleOf(parted(name)[1])} ${showScore(parted(name)[1], value)}`)
    .join(', ');
}

/** Published figures of a record's task and data. */
const publishedFor = ({ recipe }, published) => published.filter(({ recipes }) => recipes.includes(recipe));

function row(record, published) {
  const [prefix, name] = parted(record.main_score);
  const beside = publishedFor(record, published).map((one) => `${showScore(one.score, one.value)} ${one.name}`);
  return [
    `[${record.recipe}](../recipes/${record.recipe}.yaml)`,
    `**${showScore(name, record.scores[record.main_score])}** ${titleOf(name)}`,
    beside.join('; ') || dash,
    sets[prefix],
    otherScores(record) || dash,
    `\`${record.model_type}\``,
    count(record.parameters),
    count(record.samples?.train),
    count(record.updates),
    duration(record.train_runtime),
    count(record.seed),
  ];
}

const columns = 'recipe,score,published,set,other scores,model,parameters,samples,updates,time,seed'.split(',');
const line = (cells) => `| ${cells.join(' | ')} |`;

/** A shell command that repeats the run. */
const commandOf = ({ recipe, changed, is_finetuned: isFinetuned }) =>
  [
    `heddle train recipes/${recipe}.yaml --out runs/${recipe} --set data.root=PATH/TO/DATA`,
    ...(isFinetuned ? ['--set model.model_name_or_path=PATH/TO/MODEL'] : []),
    ...changed.map((setting) => `--set ${/^[\w.=:/-]+$/.test(setting) ? setting : `'${setting}'`}`),
  ].join(' \\\n  ');

function section(task, records, published) {
  const sources = published.filter(({ recipes }) => records.some(({ recipe }) => recipes.includes(recipe)));
  return [
    '',
    `## ${task}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...records.map((record) => line(row(record, published))),
    '',
    ...sources.map(
      ({ name, score, value, source, note }) =>
        `- ${showScore(score, value)} ${titleOf(score)}, ${name}: ${source}${note ? `. ${note}` : ''}.`,
    ),
    ...(sources.length > 0 ? [''] : []),
    '```sh',
    ...records.map(commandOf),
    '```',
  ];
}

/** The page. Records and tasks are sorted by name. */
export function resultsPage(records, published) {
  const ordered = [...records].sort((a, b) => (a.recipe < b.recipe ? -1 : 1));
  const tasks = [...new Set(ordered.map(({ task }) => task))].sort();
  return [
    '# Results',
    '',
    'The scores of the recipes, one run each on two CPU cores. `npm run docs:results -- RUN…` writes this page from the',
    'files of finished runs; `recipes/results/` keeps all their scores. Scores are those of the test set, or of the validation',
    'set if a recipe has no test set. Published scores are next to them; those models often have more parameters, or',
    `pretraining. ${dash} marks what a run did not record.`,
    ...tasks.flatMap((task) =>
      section(
        task,
        ordered.filter((record) => record.task === task),
        published,
      ),
    ),
    '',
  ].join('\n');
}
