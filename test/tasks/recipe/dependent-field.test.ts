/** A field that has no effect beside the others of its recipe is refused; beside what it needs it is taken. */
import { describe, expect, test } from 'vitest';
import { valueAt } from '../../../src/io/check.ts';
import { InputError } from '../../../src/io/error.ts';
import { dependentFields } from '../../../src/tasks/recipe/dependent-field.ts';
import { parseRecipe } from '../../../src/tasks/recipe/recipe.ts';
import { parseSetting } from '../../../src/tasks/recipe/setting.ts';
import type { TaskName } from '../../../src/tasks/task-list.ts';

const data: Partial<Record<TaskName, string>> = {
  translation: '{ train: { source: a, target: b }, validation: { source: c, target: d } }',
  'text-generation': '{ train: a }',
};
const table = '{ train: { file: a }, validation: { file: b } }';

/** A recipe of a task and a model, with settings. */
const parse = (task: TaskName, modelType: string, ...settings: string[]) =>
  parseRecipe(
    `task: ${task}\ndata: ${data[task] ?? table}\nmodel: { model_type: ${modelType} }`,
    'recipe.yaml',
    settings,
  );

const recurrent = ['token-classification', 'recurrent_encoder'] as const;
const translator = ['translation', 'recurrent_seq2seq'] as const;
const classifier = ['text-classification', 'transformer_encoder'] as const;
const writer = ['text-generation', 'transformer_lm'] as const;
const reader = ['question-answering', 'bert'] as const;
const images = ['image-classification', 'vit'] as const;

/** A task and its model, the field, what makes it idle, what is reported, and what makes it act. */
const cases: [readonly [TaskName, string], string, string[], string, string[]][] = [
  [classifier, 'tokenizer.byte_level=false', ['tokenizer.kind=char'], 'by kind char', ['tokenizer.kind=bpe']],
  [classifier, 'tokenizer.min_frequency=2', [], 'by kind bpe', ['tokenizer.kind=word']],
  [recurrent, 'tokenizer.min_frequency=2', ['tokenizer.kind=bpe'], 'by kind bpe', ['tokenizer.kind=char']],
  [translator, 'tokenizer.src_lang=ko_KR', [], 'without model.model_name_or_path', ['model={ model_name_or_path: m }']],
  [translator, 'tokenizer.tgt_lang=en_XX', [], 'without model.model_name_or_path', ['model={ model_name_or_path: m }']],
  [
    translator,
    'tokenizer.byte_level=false',
    ['tokenizer={ kind: char, shared: false, target: { kind: word } }'],
    'by kind char and word',
    ['tokenizer={ kind: bpe, shared: false, target: { kind: word } }'],
  ],
  [
    translator,
    'tokenizer.source.byte_level=false',
    ['tokenizer={ shared: false, source: { kind: char } }'],
    'by kind char',
    ['tokenizer={ kind: char, shared: false, source: { kind: bpe } }'],
  ],
  [
    translator,
    'tokenizer.target.byte_level=false',
    ['tokenizer={ shared: false, target: { kind: char } }'],
    'by kind char',
    ['tokenizer={ shared: false }'],
  ],
  [
    translator,
    'tokenizer.source.min_frequency=2',
    ['tokenizer={ shared: false }'],
    'by kind bpe',
    ['tokenizer={ shared: false, source: { kind: word } }'],
  ],
  [
    translator,
    'tokenizer.target.min_frequency=2',
    ['tokenizer={ kind: word, shared: false, target: { kind: bpe } }'],
    'by kind bpe',
    ['tokenizer={ kind: word, shared: false }'],
  ],
  [classifier, 'train.adam_beta1=0.8', ['train.optim=sgd'], 'by optim sgd', ['train.optim=adam']],
  [classifier, 'train.adam_beta2=0.8', ['train.optim=sgd'], 'by optim sgd', []],
  [classifier, 'train.adam_epsilon=1e-6', ['train.optim=sgd'], 'by optim sgd', []],
  [
    classifier,
    'train.warmup_steps=9',
    ['train.lr_scheduler_type=constant'],
    'by lr_scheduler_type constant (use constant_with_warmup for a warm-up)',
    ['train.lr_scheduler_type=constant_with_warmup'],
  ],
  [
    classifier,
    'train.warmup_ratio=0.5',
    ['train.lr_scheduler_type=constant'],
    'by lr_scheduler_type constant (use constant_with_warmup for a warm-up)',
    ['train.lr_scheduler_type=constant_with_warmup'],
  ],
  [
    classifier,
    'train.early_stopping_threshold=0.1',
    [],
    'without early_stopping_patience',
    ['train.early_stopping_patience=2'],
  ],
  [
    reader,
    'train.null_score_diff_threshold=1',
    [],
    'without data.version_2_with_negative',
    ['data.version_2_with_negative=true'],
  ],
  [classifier, 'train.eval_steps=9', ['data.validation=null'], 'without data.validation', []],
  [writer, 'train.eval_steps=9', ['data.validation_share=0'], 'without data.validation', []],
  [
    translator,
    'train.generation_num_beams=2',
    ['train.predict_with_generate=false'],
    'without predict_with_generate',
    [],
  ],
  [translator, 'train.generation_num_beams=2', ['data.validation=null'], 'without data.validation', []],
  [translator, 'train.predict_with_generate=false', ['data.validation=null'], 'without data.validation', []],
  [
    writer,
    'train.max_tokens_per_batch=511',
    ['train.per_device_train_batch_size=4'],
    'by batches of per_device_train_batch_size · block_size = 512 tokens',
    ['train.per_device_train_batch_size=3'],
  ],
  ...[
    'seed=7',
    'temperature=0.7',
    'top_k=5',
    'top_p=0.9',
    'min_p=0.1',
    'typical_p=0.9',
    'epsilon_cutoff=0.1',
    'eta_cutoff=0.1',
  ].map((field): [readonly [TaskName, string], string, string[], string, string[]] => [
    writer,
    `generation.${field}`,
    [],
    'without do_sample: true',
    ['generation.do_sample=true'],
  ]),
  ...['true', 'never'].map((value): (typeof cases)[number] => [
    translator,
    `generation.early_stopping=${value}`,
    ['generation.num_beams=1'],
    'with num_beams: 1',
    ['generation.num_beams=2'],
  ]),
  [
    images,
    'image_processor.rescale_factor=0.1',
    ['image_processor.do_rescale=false'],
    'with do_rescale: false',
    ['image_processor.do_rescale=true'],
  ],
  ...['image_mean', 'image_std'].map((field): (typeof cases)[number] => [
    images,
    `image_processor.${field}=0.2`,
    ['image_processor.do_normalize=false'],
    'with do_normalize: false',
    [],
  ]),
  [translator, 'model.attention_size=8', ['model.attention=dot'], 'by attention: dot', ['model.attention=concat']],
  [translator, 'model.attention_window=3', [], 'by attention: additive', ['model.attention=local']],
  [
    translator,
    'model.attention_query=previous',
    ['model.attention=none'],
    'by attention: none',
    ['model.attention=general'],
  ],
  ...['character_vocab_size', 'character_embedding_size', 'character_hidden_size'].map(
    (field): [readonly [TaskName, string], string, string[], string, string[]] => [
      recurrent,
      `model.${field}=9`,
      ['tokenizer.characters=false'],
      'with tokenizer.characters: false',
      [],
    ],
  ),
  [recurrent, 'model.character_hidden_size=9', ['tokenizer.kind=char'], 'by tokenizer.kind char', []],
  [
    ['text-classification', 'recurrent_encoder'],
    'model.character_hidden_size=9',
    [],
    'by text-classification, which reads tokens only, no characters',
    [],
  ],
  [recurrent, 'model.variational_dropout=true', [], 'with num_hidden_layers: 1', ['model.num_hidden_layers=2']],
  [
    recurrent,
    'model.variational_dropout=true',
    ['model.num_hidden_layers=2', 'model.dropout=0'],
    'with dropout: 0',
    ['model.num_hidden_layers=2'],
  ],
];

const errorOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.message;
  }
  return 'no error';
};

describe('a field without effect', () => {
  test.each(cases)('of %j is refused, where given: %s with %j', ([task, model], field, idle, reason) => {
    const path = field.split('=')[0];
    expect(errorOf(() => parse(task, model, ...idle, field))).toBe(`--set: ${path}: not used ${reason}; remove it`);
  });

  const acting = cases.filter(([[task, model]]) => !(task === 'text-classification' && model === 'recurrent_encoder'));
  test.each(acting)('of %j is none beside what it needs: %s, not %j', ([task, model], field, _, __, beside) => {
    const { path, value } = parseSetting(field);
    const recipe: unknown = parse(task, model, ...beside, field);
    expect(valueAt(recipe, path)).toBe(value);
  });

  test('is reported with the recipe’s line', () => {
    expect(() =>
      parseRecipe(
        'task: translation\ndata: { train: { source: a, target: b } }\nmodel: { model_type: marian }\ntrain:\n  optim: sgd\n  adam_beta1: 0.8\n  eval_steps: 100\n',
        'recipe.yaml',
      ),
    ).toThrow(
      /^recipe.yaml:6: train.adam_beta1: not used by optim sgd; remove it\nrecipe.yaml:7: train.eval_steps: not used without data.validation; remove it$/,
    );
  });

  test('may have its default, as in the recipe that a run keeps', () => {
    const settings = ['train.optim=sgd', 'tokenizer.kind=char', 'data.validation=null'];
    const recipe = parse(...translator, ...settings);
    expect(parseRecipe(JSON.stringify(recipe), 'recipe.json')).toEqual(recipe);
  });

  test('every row of the table is shown above', () => {
    const shown = new Set(cases.map(([, field]) => field.split('=')[0]));
    const known = new Set(dependentFields.map(({ path }) => path));
    // A tokenizer’s row of both sides is that of tasks with one side.
    expect([...shown].sort()).toEqual([...known].sort());
  });
});
