import { stringify } from 'yaml';
import type { HeddleFile } from './heddle-file.ts';

/** The page that a hub shows for a model. */
export const cardFile = 'README.md';

/** Pads the cells of a column to one width. */
const table = (head: readonly [string, string], rows: readonly (readonly [string, string])[]): string[] => [
  `| ${head.join(' | ')} |`,
  '|---|---|',
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
];

const shown = (value: number | string | null): string =>
  typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value);

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? ['', `## ${title}`, '', ...lines] : [];

/** Measurements that are not scores, such as the time that scoring took. */
const isScore = ([name]: readonly [string, unknown]): boolean => !/_(runtime|samples)$/.test(name);

/** The class that loads a model. */
export interface CardModel {
  readonly model_type: string;
  readonly architecture: string;
}

/** Heddle's own classes, which Transformers does not have. */
const isHeddles = ({ architecture }: CardModel): boolean => architecture.startsWith('Heddle');

/** The hub's names of metrics. */
const metricNames: readonly string[] = [
  ...['accuracy', 'f1', 'precision', 'recall', 'bleu', 'chrf', 'ter', 'rouge1', 'rouge2', 'rougeL', 'exact_match'],
  ...['wer', 'cer', 'perplexity', 'pearson', 'spearmanr', 'mse', 'mae', 'matthews_correlation'],
];

/** The metrics among scores such as `eval_accuracy`. */
const metricsOf = (scores: readonly (readonly [string, unknown])[]): string[] =>
  metricNames.filter((name) => scores.some(([score]) => score.replace(/^(eval|test)_/, '') === name));

/**
 * Hugging Face's front matter.
 *
 * Source: huggingface_hub 1.x, `ModelCardData`; the hub's documentation of model card metadata.
 */
function frontMatter({ task, base_model: base, metrics }: HeddleFile, model: CardModel | undefined): object {
  const { license, license_name, license_link, language } = base ?? {};
  const named = metricsOf(Object.entries(metrics ?? {}).filter(isScore));
  return {
    ...(language !== undefined && { language }),
    ...(license !== undefined && { license }),
    ...(license_name !== undefined && { license_name }),
    ...(license_link !== undefined && { license_link }),
    library_name: model && !isHeddles(model) ? 'transformers' : 'heddle',
    ...(task !== undefined && { pipeline_tag: task }),
    ...(base && { base_model: base.name, base_model_relation: 'finetune' }),
    ...(named.length > 0 && { metrics: named }),
    tags: ['heddle'],
  };
}

/** How the model is loaded, here and, if Transformers has the class, in Python. */
function usage(task: string | undefined, model: CardModel | undefined): string[] {
  const inHeddle = [
    '```ts',
    "import { pipeline } from 'heddle';",
    '',
    `const run = await pipeline('${task}', 'FOLDER');`,
    '```',
  ];
  const inPython =
    model && !isHeddles(model)
      ? [
          '',
          '```python',
          `from transformers import AutoTokenizer, ${model.architecture}`,
          '',
          `model = ${model.architecture}.from_pretrained("FOLDER")`,
          'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
          '```',
        ]
      : [];
  return [
    ...(task === undefined ? [] : ['`heddle predict FOLDER` and, in Node and in the browser:', '', ...inHeddle]),
    ...inPython,
  ];
}

/** What the model was made from. */
function origin({ base_model: base }: HeddleFile): string {
  if (!base) return 'Trained with Heddle.';
  const license = base.license === undefined ? '; its card names no license' : ` (license: ${base.license})`;
  return `Fine-tuned with Heddle from the weights of ${base.name}${license}.`;
}

/**
 * A model card from the content of `heddle.json`: task, the model it started from, data, scores and recipe, in Markdown
 * with Hugging Face's front matter.
 *
 * @param model the class; without it the card does not say how Transformers loads the model.
 */
export function modelCard(about: HeddleFile, model?: CardModel): string {
  const { task, recipe, data = {}, parameters, metrics } = about;
  const scores = Object.entries(metrics ?? {}).filter(isScore);
  const sizes = Object.entries(data).map(([name, size]) => [name, size.toLocaleString('en-US')] as const);
  return `${[
    '---',
    stringify(frontMatter(about, model)).trimEnd(),
    '---',
    '',
    `# A model for ${task ?? 'an unknown task'}`,
    '',
    origin(about),
    ...(parameters === undefined ? [] : ['', `${parameters.toLocaleString('en-US')} parameters.`]),
    ...section('Use', usage(task, model)),
    ...section('Data', sizes.length > 0 ? table(['set', 'samples'], sizes) : []),
    ...section(
      'Scores',
      scores.length > 0
        ? table(
            ['score', 'value'],
            scores.map(([name, value]) => [`\`${name}\``, shown(value)]),
          )
        : [],
    ),
    ...section('Recipe', recipe ? ['```yaml', stringify(recipe).trimEnd(), '```'] : []),
  ].join('\n')}\n`;
}

const int8Use = [
  '## int8',
  '',
  'The matrices of this model are int8 with a scale for each output, and the rows that they are multiplied by are rounded ' +
    'to 8 bits too, each with a scale of its own. Heddle reads the folder as it reads any other; Transformers does not load it.',
];

/**
 * The card of a quantized model: that of Heddle's own model, without scores and without Python, or the given card with a
 * section that says what was done.
 *
 * @param name the name of the model in float32.
 * @param about the content of its `heddle.json`, if it has one.
 * @param card its own card, if it has one.
 */
export function quantizedCard(name: string, about: HeddleFile | undefined, card: string | undefined): string {
  const own = about ? modelCard({ ...about, metrics: undefined }) : (card ?? `# ${name}\n`);
  return `${own.trimEnd()}\n\n${int8Use.join('\n')}\n`;
}
