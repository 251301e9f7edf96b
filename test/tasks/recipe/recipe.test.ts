import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { typesIn } from '../../../src/models/families/families.ts';
import { changedTrainingValues, newEndNote } from '../../../src/tasks/recipe/change.ts';
import { loadRecipe } from '../../../src/tasks/recipe/file.ts';
import { recipeJsonSchema } from '../../../src/tasks/recipe/json-schema.ts';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';
import type { Recipe } from '../../../src/tasks/recipe/schema.ts';
import { taskNames } from '../../../src/tasks/task-list.ts';

const full = `task: translation
data:
  root: data/multi30k
  train: { source: tok/train.en.gz, target: tok/train.de.gz }
  validation: { file: val.tsv, columns: { source: 1, target: 0 } }
tokenizer: { kind: bpe, vocab_size: 1e4, shared: true, lowercase: true, byte_level: false }
model: { model_type: marian, d_model: 128, encoder_layers: 4 }
train:
  max_steps: 8000
  learning_rate: 5e-3
  lr_scheduler_type: inverse_sqrt
  warmup_steps: 2000
  max_grad_norm: 0
  average_last: 10
generation: { num_beams: 5, early_stopping: never, max_new_tokens: 80 }
`;
const least = `task: translation
data: { train: { source: a.en, target: a.de } }
model: { model_type: marian }
`;

/** The recipe of a translator. */
function translation(text: string, file: string, settings?: readonly string[]): Recipe<'translation'> {
  const recipe = parseRecipe(text, file, settings);
  if (recipe.task !== 'translation') throw new Error(`a recipe for ${recipe.task}`);
  return recipe;
}

const errorOf = (text: string, settings: string[] = [], file = 'recipe.yaml'): string => {
  try {
    parseRecipe(text, file, settings);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message;
  }
  throw new Error('the recipe was accepted');
};

describe('a recipe', () => {
  test('is read from YAML with its numbers as numbers', () => {
    const recipe = translation(full, 'recipe.yaml');
    expect(recipe.train.learning_rate).toBe(0.005);
    expect(recipe.tokenizer.vocab_size).toBe(10000);
    expect(recipe.model).toEqual({ model_type: 'marian', d_model: 128, encoder_layers: 4 });
    expect(recipe.data.validation).toEqual({ file: 'val.tsv', columns: { source: 1, target: 0 } });
    expect(recipe.generation).toEqual({ num_beams: 5, length_penalty: 1, early_stopping: 'never', max_new_tokens: 80 });
  });

  test('is the same in JSON', () => {
    const recipe = parseRecipe(full, 'recipe.yaml');
    expect(parseRecipe(JSON.stringify(recipe), 'recipe.json')).toEqual(recipe);
  });

  test('needs no more than a task, data and a model; the rest is filled in', () => {
    const { data, tokenizer, train, generation } = translation(least, 'recipe.yaml');
    expect(data.root).toBe('.');
    expect(tokenizer).toMatchObject({ kind: 'bpe', shared: true });
    expect(train).toMatchObject({
      optim: 'adamw_torch',
      save_total_limit: 3,
      metric_for_best_model: 'eval_loss',
      seed: 42,
    });
    expect(train.max_steps).toBeUndefined();
    expect(generation.num_beams).toBe(5);
  });

  test('keeps as many checkpoints as are averaged, and takes metrics with and without eval_', () => {
    const { train } = parseRecipe(full, 'recipe.yaml', ['train.metric_for_best_model=bleu']);
    expect(train.save_total_limit).toBe(10);
    expect(train.metric_for_best_model).toBe('eval_bleu');
  });

  test('is read from a file, and the errors of a missing, an empty and a non-UTF-8 file name it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-recipe-'));
    try {
      const path = join(folder, 'r.yaml');
      await expect(loadRecipe(path)).rejects.toThrow(/r\.yaml: .*no such file/);
      await writeFile(path, '');
      await expect(loadRecipe(path)).rejects.toThrow(/r\.yaml: .*empty/);
      await writeFile(path, Uint8Array.of(0x74, 0xff));
      await expect(loadRecipe(path)).rejects.toThrow(/r\.yaml:1: expected UTF-8/);
      await writeFile(path, least);
      expect((await loadRecipe(path, ['train.seed=7'])).train.seed).toBe(7);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a wrong recipe is refused with the line and', () => {
  const cases: [string, string, string, string][] = [
    [
      'the nearest name of an unknown field',
      'warmup_steps',
      'warmup_step',
      'recipe.yaml:12: unknown field "warmup_step" in train; did you mean "warmup_steps"?',
    ],
    [
      'the nearest name of an unknown part',
      'tokenizer:',
      'tokeniser:',
      'recipe.yaml:6: unknown field "tokeniser"; did you mean "tokenizer"?',
    ],
    [
      'the type expected',
      'max_steps: 8000',
      'max_steps: many',
      'recipe.yaml:9: train.max_steps: expected a whole number, got "many"',
    ],
    [
      'whole numbers where they must be',
      'max_steps: 8000',
      'max_steps: 80.5',
      'recipe.yaml:9: train.max_steps: expected a whole number, got 80.5',
    ],
    [
      'the range expected',
      'learning_rate: 5e-3',
      'learning_rate: -1',
      'recipe.yaml:10: train.learning_rate: expected a number > 0, got -1',
    ],
    [
      'no infinity',
      'learning_rate: 5e-3',
      'learning_rate: .inf',
      'recipe.yaml:10: train.learning_rate: expected a number, got Infinity',
    ],
    [
      'the names to choose from',
      'type: inverse_sqrt',
      'type: invers_sqrt',
      'recipe.yaml:11: train.lr_scheduler_type: expected one of constant, constant_with_warmup, linear, inverse_sqrt, cosine, got "invers_sqrt"; did you mean "inverse_sqrt"?',
    ],
    [
      'the unknown field of the form that was meant',
      'target: tok/train.de.gz',
      'targte: x',
      'recipe.yaml:4: missing field "data.train.target", expected a string\nrecipe.yaml:4: unknown field "targte" in data.train; did you mean "target"?',
    ],
    [
      'every form of a value',
      'early_stopping: never',
      'early_stopping: 3',
      'recipe.yaml:15: generation.early_stopping: expected true or false or never, got 3',
    ],
    [
      'a missing field',
      'model_type: marian, ',
      '',
      'recipe.yaml:7: model.model_type: expected a family, or model_name_or_path with a folder to start from, got neither',
    ],
    [
      'a part that is no mapping',
      '{ model_type: marian, d_model: 128, encoder_layers: 4 }',
      'marian',
      'recipe.yaml:7: model: expected a mapping of fields, got "marian"',
    ],
    [
      'an unknown task',
      'translation',
      'translatoin',
      `recipe.yaml:1: task: expected one of ${taskNames.join(', ')}, got "translatoin"; did you mean "translation"?`,
    ],
    [
      'a limit on checkpoints below those averaged',
      'average_last: 10',
      'average_last: 10\n  save_total_limit: 4',
      'recipe.yaml:15: train.save_total_limit: expected at least average_last, because those checkpoints must be kept, got 4',
    ],
    [
      'a vocabulary too small for bytes',
      '1e4, shared: true, lowercase: true, byte_level: false',
      '100',
      'recipe.yaml:6: tokenizer.vocab_size: expected at least 259 with byte_level (256 bytes and 3 special tokens), got 100',
    ],
    [
      'one column given twice',
      'source: 1, target: 0',
      'source: 1, target: 1',
      'recipe.yaml:5: data.validation.columns: expected two different columns, got the same one twice',
    ],
    [
      'a field given twice',
      'max_steps: 8000',
      'max_steps: 8000\n  max_steps: 9',
      'recipe.yaml:10:3: Map keys must be unique',
    ],
    [
      'broken YAML',
      'train:\n  max',
      'train:\n max: [\n  max',
      'recipe.yaml:10:14: Implicit keys need to be on a single line',
    ],
  ];
  test.each(cases)('%s', (_, from, to, message) => {
    expect(full).toContain(from);
    expect(errorOf(full.replace(from, to))).toContain(message);
  });

  test('everything else that is wrong', () => {
    const message = errorOf(
      full.replace('max_steps: 8000', 'max_stepps: 0').replace('5e-3', '0').replace('num_beams: 5', 'num_beams: 0'),
    );
    expect(message.split('\n')).toEqual([
      'recipe.yaml:10: train.learning_rate: expected a number > 0, got 0',
      'recipe.yaml:9: unknown field "max_stepps" in train; did you mean "max_steps"?',
      'recipe.yaml:15: generation.num_beams: expected a number ≥ 1, got 0',
    ]);
  });

  test('the place where JSON breaks', () => {
    expect(errorOf('{\n "task": translation }', [], 'r.json')).toBe(
      'r.json:2:10: expected a value, got "translation }"',
    );
  });

  test.each(['yaml', 'json'])('a lone surrogate, which no file can hold: .%s', (ending) => {
    const torn = String.raw`{ "task": "translation",
 "data": { "root": "\ud83d\ude00", "train": { "file": "\ud83d.tsv" } } }`;
    expect(errorOf(torn, [], `r.${ending}`)).toBe(
      String.raw`r.${ending}:2:55: expected whole characters, got half of one in "\ud83d.tsv"`,
    );
  });

  test('a field that no object can hold, and endless nesting', () => {
    expect(errorOf(`${full}\n__proto__: { polluted: 1 }`)).toBe(
      `recipe.yaml:${full.split('\n').length + 1}:1: unknown field "__proto__"`,
    );
    expect(errorOf(`${full}\nmore: ${'['.repeat(1e5)}`)).toMatch(
      /^recipe\.yaml:\d+:\d+: the fields are nested too deeply$/,
    );
  });

  test('a name as long as a book is cut', () => {
    expect(errorOf(full.replace('max_steps', 'm'.repeat(1000))).length).toBeLessThan(200);
  });

  test('early stopping without validation data', () => {
    expect(errorOf(least, ['train.early_stopping_patience=3'])).toMatch(
      /recipe.yaml:2: data.validation: .*early_stopping_patience/,
    );
  });

  test('a best checkpoint without validation data', () => {
    expect(errorOf(least, ['train.metric_for_best_model=bleu'])).toMatch(
      /recipe.yaml:2: data.validation: .*metric_for_best_model/,
    );
  });

  test('values that are not a mapping at all', () => {
    expect(errorOf('- a\n- b')).toBe('recipe.yaml:1: expected a mapping of fields, got a list');
    expect(errorOf('# nothing')).toBe('recipe.yaml:1: expected a mapping of fields, got null');
  });
});

describe('--set', () => {
  test('sets a value, read as YAML, and makes the parts on the way', () => {
    const settings = [
      'train.learning_rate=2e-4',
      'tokenizer={ vocab_size: 300, shared: false }',
      'train.optim=sgd',
      'model.dropout=0.3',
    ];
    const { train, tokenizer, model } = parseRecipe(least, 'recipe.yaml', settings) as Recipe<'translation'>;
    expect(train).toMatchObject({ learning_rate: 2e-4, optim: 'sgd' });
    expect(tokenizer).toMatchObject({ vocab_size: 300, shared: false });
    expect(model).toEqual({ model_type: 'marian', dropout: 0.3 });
  });

  test('applies in order, the last one wins', () => {
    expect(parseRecipe(least, 'r.yaml', ['train.seed=1', 'train.seed=2']).train.seed).toBe(2);
  });

  test('reaches into lists', () => {
    const { generation } = translation(least, 'r.yaml', [
      'generation.bad_words_ids=[[3], [4]]',
      'generation.bad_words_ids.1=[5, 6]',
    ]);
    expect(generation.bad_words_ids).toEqual([[3], [5, 6]]);
  });

  test('null removes a field, also one that is not there, so that it is as if left out', () => {
    const { train, data, model } = parseRecipe(full, 'r.yaml', [
      'train.average_last=null',
      'data.validation=null',
      'train.eval_steps=~',
      'model.d_model=null',
    ]);
    expect(train.average_last).toBeUndefined();
    expect(data.validation).toBeUndefined();
    expect(train.eval_steps).toBeUndefined();
    expect(model).toEqual({ model_type: 'marian', encoder_layers: 4 });
  });

  test.each([
    [['train.max_stepps=3'], '--set: unknown field "max_stepps" in train; did you mean "max_steps"?'],
    [['train.max_stepps=null'], '--set: unknown field "max_stepps" in train; did you mean "max_steps"?'],
    [['train.max_steps=0'], '--set: train.max_steps: expected a number ≥ 1, got 0'],
    [['task=null'], `--set: missing field "task", expected one of ${taskNames.join(', ')}`],
    [['train.max_steps'], '--set: expected PATH=VALUE such as train.max_steps=100, got "train.max_steps"'],
    [['=3'], '--set: expected PATH=VALUE such as train.max_steps=100, got "=3"'],
    [['train..seed=3'], '--set: expected PATH=VALUE such as train.max_steps=100, got "train..seed=3"'],
    [
      ['generation.bad_words_ids=[[3]]', 'generation.bad_words_ids.7.0=null'],
      '--set generation.bad_words_ids.7.0: expected generation.bad_words_ids to be a list with an item 7, got 1 items',
    ],
    [['task.kind=3'], '--set task.kind: expected task to be a mapping of fields, got "translation"'],
    [['tokenizer={ a'], '--set tokenizer:1:4: Flow map must end with a }'],
    [['task='], '--set task: expected a value, got none; task=null removes a field'],
    ...[',', '#', '|', '&a', '*a', '!a', '>', '%', '@', '`'].map((value): [string[], string] => [
      [`data.train.delimiter=${value}`],
      `--set data.train.delimiter: a text that begins with ${value[0]} must be quoted, as in YAML: --set 'data.train.delimiter="${value}"'`,
    ]),
    [['__proto__.polluted=1'], '--set: unknown field "__proto__"'],
  ])('%s is refused', (settings, message) => {
    expect(errorOf(full, settings)).toBe(message);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('the values that make it another training', () => {
  const was = parseRecipe(full, 'r.yaml');
  const changed = (...settings: string[]) => changedTrainingValues(was, parseRecipe(full, 'r.yaml', settings));
  test('are reported with both values', () => {
    expect(changed('train.learning_rate=1e-3', 'model.dropout=0.3', 'train.average_last=null')).toEqual([
      { path: 'model.dropout', was: 0.1, is: 0.3 },
      { path: 'train.learning_rate', was: 0.005, is: 0.001 },
      { path: 'train.average_last', was: 10, is: undefined },
    ]);
  });
  test('do not include what no step depends on', () => {
    expect(
      changed('data.root=elsewhere', 'generation.num_beams=2', 'train.logging_steps=1', 'train.max_steps=9000'),
    ).toEqual([]);
    expect(changed('train.save_total_limit=12')).toEqual([]);
  });
  test('count generation where it chooses the best checkpoint, but not its beams', () => {
    const settings = ['train.metric_for_best_model=bleu'];
    const byBleu = parseRecipe(full, 'r.yaml', settings);
    const other = (...more: string[]) =>
      changedTrainingValues(byBleu, parseRecipe(full, 'r.yaml', [...settings, ...more]));
    expect(other('generation.num_beams=2')).toEqual([]);
    expect(other('generation.length_penalty=2')).toMatchObject([{ path: 'generation.length_penalty', is: 2 }]);
    expect(changed('generation.length_penalty=2')).toEqual([]);
  });
  test('do not count the end of the training, which may change under every schedule', () => {
    const linear = parseRecipe(full, 'r.yaml', ['train.lr_scheduler_type=linear']);
    const longer = parseRecipe(full, 'r.yaml', ['train.lr_scheduler_type=linear', 'train.max_steps=9000']);
    expect(changedTrainingValues(linear, longer)).toEqual([]);
    expect(newEndNote(linear, longer)).toContain('follows the linear schedule to that end');
  });
});

test('the JSON Schema names every field, allows no other and asks for nothing that has a default', () => {
  const schema = recipeJsonSchema();
  const role = 'sequence-to-sequence';
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Heddle recipe',
    anyOf: [
      {
        type: 'object',
        required: ['task', 'data', 'model'],
        additionalProperties: false,
        properties: {
          task: { const: 'translation' },
          model: { anyOf: [...typesIn(role), `folder.${role}`].map((name) => ({ $ref: `#/$defs/${name}` })) },
          train: {
            additionalProperties: false,
            properties: { learning_rate: { type: 'number', exclusiveMinimum: 0 } },
          },
        },
      },
      ...taskNames.slice(1).map((task) => ({ properties: { task: { const: task } } })),
    ],
  });
});
