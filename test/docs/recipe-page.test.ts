/** docs/recipe.md is written from the schema that recipes are checked with. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { modelForms, modelTypes } from '../../src/models/families/families.ts';
import { type ModelFields, modelFields, recipeJsonSchema } from '../../src/tasks/recipe/json-schema.ts';
import { startFields } from '../../src/tasks/recipe/model.ts';

interface Field {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Field[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field | false;
  readonly prefixItems?: readonly Field[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly readOnly?: boolean;
  readonly $ref?: string;
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** What may be written for a field, in words. */
function form(field: Field): string {
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(', ');
  if ('const' in field) return code(field.const);
  if (field.anyOf) return [...new Set(field.anyOf.map(form))].join(' or ');
  if (field.prefixItems) return `[${field.prefixItems.map(form).join(', ')}]`;
  if (field.type === 'array') return `list of ${form(field.items || {})}`;
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

type Fields = Readonly<Record<string, Field>>;

const isFollowing = ({ readOnly }: Field): boolean => readOnly === true;
const isFixed = (field: Field): boolean => 'const' in field;
const isFree = (field: Field): boolean => !isFollowing(field) && !isFixed(field);

const chosen = (fields: Fields, isChosen: (field: Field) => boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => isChosen(field)));

const withoutDefaults = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, { default: _, ...field }]) => [name, field]));

const names = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, field]) => (isFixed(field) ? `\`${name}: ${field.const}\`` : `\`${name}\``))
    .join(', ');

const table = (properties: Fields): string[] => [...head, ...rows({ properties })];

/** A model's fields: those to choose, and the names of those that are not. */
function family({ modelType, family: { model_type, ...fields } }: ModelFields): string[] {
  const fixed = names(chosen(fields as Fields, isFixed));
  return [
    '',
    `### model of model_type: ${modelType}`,
    '',
    ...sentence(model_type.description),
    ...table(chosen(fields as Fields, isFree)),
    '',
    `Follow from the data: ${names(chosen(fields as Fields, isFollowing))}.${fixed && ` Fixed: ${fixed}.`}`,
  ];
}

const headRoles = {
  'sequence-classification': 'text-classification',
  'token-classification': 'token-classification',
  'image-classification': 'image-classification',
};

/** Every family and every head. */
function models(): string[] {
  const families = (['sequence-to-sequence', 'encoder', 'causal', 'image-encoder'] as const).flatMap((role) =>
    modelFields(modelForms(role)),
  );
  const heads = Object.entries(headRoles).flatMap(([role, task]) => {
    const forms = modelFields(modelForms(role as keyof typeof headRoles));
    const distinct = new Map(forms.map(({ head }) => [JSON.stringify(head), head as Fields]));
    return [...distinct].map(([key, fields]) => ({
      task,
      types: forms.flatMap(({ modelType, head }) => (JSON.stringify(head) === key ? [`\`${modelType}\``] : [])),
      fields,
    }));
  });
  const all = [...families.map((one) => one.family as Fields), ...heads.map(({ fields }) => fields)];
  const following = all.map((fields) => rows({ properties: withoutDefaults(chosen(fields, isFollowing)) }));
  return [
    ...families.flatMap(family),
    ...heads.flatMap(({ task, types, fields }, at) => [
      '',
      ...(heads[at - 1]?.task === task ? [] : [`### model of ${task}`, '']),
      `Besides the fields of ${types.join(' or ')}:`,
      '',
      ...table(chosen(fields, isFree)),
      '',
      `Follow from the data: ${names(chosen(fields, isFollowing))}.`,
    ]),
    '',
    '### Fields of the model that follow from the data',
    '',
    'A recipe need not give them, and may give no other value.',
    '',
    ...head,
    ...new Set(following.flat()),
  ];
}

test('docs/recipe.md is what the schema says; `npm run docs:figures` writes it', async () => {
  const { anyOf } = recipeJsonSchema() as { anyOf: readonly Field[] };
  const tasks = anyOf.map((field) => ({ name: String(field.properties?.task.const), field }));
  const parts = new Set(tasks.flatMap(({ field }) => Object.keys(field.properties ?? {})));
  const fitting = tasks.map(({ name, field }) => {
    const types = (field.properties?.model.anyOf ?? [])
      .map(({ $ref = '' }) => $ref.split('/').at(-1)?.split('.')[0])
      .filter((type) => type !== 'folder');
    return `| \`${name}\` | ${types.map((type) => `\`${type}\``).join(', ')} |`;
  });
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
    '| `task` | `model_type` |',
    '|---|---|',
    ...fitting,
    '',
    '### model of every task',
    '',
    ...table(z.toJSONSchema(z.object(startFields), { io: 'input' }).properties as Fields),
    '',
    'With `model_name_or_path` the other fields are those of the folder. Only fields of the head, dropouts, initial values and',
    '`vocab_size` may differ; `tokenizer` is left out, because the folder has one.',
    '',
    'A dropout is rounded to 1/256, because one random byte decides about an element. A value other than 0 that would round to 0,',
    'or to 1, is an error; where a folder has one that rounds to 0, training reports that it drops nothing.',
    ...models(),
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/recipe.md');
});

test('every field of every model has a sentence', () => {
  const roles = [
    'sequence-to-sequence',
    'causal',
    'sequence-classification',
    'token-classification',
    'image-classification',
  ] as const;
  const fields = roles.flatMap((role) =>
    modelFields(modelForms(role)).flatMap(({ modelType, family, head }) =>
      Object.entries({ ...family, ...head }).map(([name, { description = '' }]) => ({
        at: `${modelType}.${name}`,
        description,
      })),
    ),
  );
  expect(fields.filter(({ description }) => description === '').map(({ at }) => at)).toEqual([]);
  expect(new Set(fields.map(({ at }) => at.split('.')[0]))).toEqual(new Set(modelTypes));
});
