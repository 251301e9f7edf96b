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

/**
 * A model card from the content of `heddle.json`: task, data, scores and recipe, in Markdown with Hugging Face's front
 * matter.
 */
export function modelCard({ task, base_model, recipe, data = {}, parameters, metrics }: HeddleFile): string {
  const scores = Object.entries(metrics ?? {}).filter(isScore);
  const front = { library_name: 'heddle', ...(task !== undefined && { pipeline_tag: task }), tags: ['heddle'] };
  const sizes = Object.entries(data).map(([name, size]) => [name, size.toLocaleString('en-US')] as const);
  return `${[
    '---',
    stringify(front).trimEnd(),
    '---',
    '',
    `# A model for ${task ?? 'an unknown task'}`,
    '',
    `Trained with Heddle${base_model ? `, from the weights of ${base_model.name}` : ''}. \`heddle predict\` and \`pipeline\` use it, in Node and in the browser.`,
    ...(parameters === undefined ? [] : ['', `${parameters.toLocaleString('en-US')} parameters.`]),
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
