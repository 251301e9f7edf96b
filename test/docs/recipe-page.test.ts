/** docs/recipe.md is written from the schema that recipes are checked with. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { marianConfig } from '../../src/models/marian-config.ts';
import { recipeJsonSchema } from '../../src/tasks/recipe/schema.ts';

interface Field {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Field[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** What may be written for a field, in words. */
function form(field: Field): string {
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(', ');
  if ('const' in field) return code(field.const);
  if (field.anyOf) return [...new Set(field.anyOf.map(form))].join(' or ');
  if (field.type === 'array') return `list of ${form(field.items ?? {})}`;
  if (field.type === 'object') return 'mapping';
  const bounds = [
    field.minimum === undefined ? '' : `≥ ${field.minimum}`,
    field.exclusiveMinimum === undefined ? '' : `> ${field.exclusiveMinimum}`,
    field.exclusiveMaximum === undefined ? '' : `< ${field.exclusiveMaximum}`,
  ].filter((bound) => bound !== '');
  const kind = { integer: 'whole number', number: 'number', string: 'text', boolean: 'true or false', null: 'null' };
  return [kind[(field.type ?? 'string') as keyof typeof kind], ...bounds].join(' ');
}

const head = ['| field | value | default | meaning |', '|---|---|---|---|'];

function rows({ properties = {}, required = [] }: Field, left: readonly string[] = []): string[] {
  const shown = Object.entries(properties).filter(([name]) => !left.includes(name));
  return shown.map(([name, field]) => {
    const preset = 'default' in field ? code(field.default) : required.includes(name) ? 'needed' : '';
    return `| \`${name}\` | ${form(field)} | ${preset} | ${field.description ?? ''} |`;
  });
}

const sentence = (text = ''): string[] => (text ? [`${text.replace(/^./, (first) => first.toUpperCase())}.`, ''] : []);

type Task = { readonly name: string; readonly field: Field };

/** A part of recipes: every row once, under the tasks that have it so. */
function part(name: string, tasks: readonly Task[]): string[] {
  const having = tasks.flatMap((task) => {
    const field = task.field.properties?.[name];
    return field ? [{ name: task.name, field, rows: rows(field) }] : [];
  });
  const all = having.map((task) => task.name).join(', ');
  const groups = new Map<string, string[]>([[all, []]]);
  for (const row of new Set(having.flatMap((task) => task.rows))) {
    const owners = having.filter((task) => task.rows.includes(row)).map((task) => task.name);
    groups.set(owners.join(', '), [...(groups.get(owners.join(', ')) ?? []), row]);
  }
  const texts = [...new Set(having.map(({ field }) => field.description))];
  const about = texts.length === 1 ? sentence(texts[0]) : [];
  const only = having.length < tasks.length ? [`Of ${all}.`, ''] : [];
  const tables = [...groups].filter(([, group]) => group.length > 0);
  return [
    '',
    `## ${name}`,
    '',
    ...about,
    ...only,
    ...tables.flatMap(([owners, group], i) => [
      ...(i > 0 ? [''] : []),
      ...(owners === all ? [] : [`### ${name} of ${owners}`, '']),
      ...head,
      ...group,
    ]),
  ];
}

/** Fields of the model that follow from the tokenizer, and those that can have one value only. */
const derived = [
  'vocab_size',
  'decoder_vocab_size',
  'pad_token_id',
  'eos_token_id',
  'decoder_start_token_id',
  'forced_eos_token_id',
  'normalize_before',
  'normalize_embedding',
  'static_position_embeddings',
  'encoder_layerdrop',
  'decoder_layerdrop',
  'is_encoder_decoder',
];

test('docs/recipe.md is what the schema says; `npm run docs:figures` writes it', async () => {
  const { anyOf } = recipeJsonSchema() as { anyOf: readonly Field[] };
  const tasks = anyOf.map((field) => ({ name: String(field.properties?.task.const), field }));
  const parts = new Set(tasks.flatMap(({ field }) => Object.keys(field.properties ?? {})));
  const model = z.toJSONSchema(marianConfig, { io: 'input', unrepresentable: 'any' }) as Field;
  const page = [
    '# Recipe fields',
    '',
    'Written from the schema that `heddle train` checks recipes with; `heddle schema` prints it as JSON Schema.',
    'Names are those of `TrainingArguments`, `GenerationConfig` and the model’s `config.json` where these have one.',
    'Every field has one place, and an unknown one is an error that names the nearest.',
    '',
    '| `task` | |',
    '|---|---|',
    ...tasks.map(({ name, field }) => `| \`${name}\` | ${field.description} |`),
    ...[...parts].filter((name) => name !== 'task' && name !== 'model').flatMap((name) => part(name, tasks)),
    '',
    '## model',
    '',
    ...sentence(tasks[0].field.properties?.model.description),
    'These are for `model_type: marian`. The vocabulary’s size and the ids of special tokens follow from the tokenizer.',
    'Normalisation after each sublayer and sinusoidal positions are fixed, as Transformers has them.',
    '',
    ...head,
    ...rows(model, derived),
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/recipe.md');
});
