import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { typesIn } from '../../../src/models/families/families.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { runningSample } from '../running-sample.ts';
import { SmallRun, unvalidated } from '../small-run.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(runningSample);
  await run.write('data/short.txt', 'a few words');
  await run.write('data/blank.txt', ' \n\n');
  await run.write('data/line.txt', 'only a line\n');
  await run.write('data/letter.txt', 'a');
});
afterAll(() => run.remove());

const alone = [...unvalidated, 'data.test=null'];

/** What is wrong, settings, the message. */
const cases: [string, string[], RegExp | string][] = [
  ['a missing file', ['data.train=none.txt'], /none\.txt: no such file/],
  ['a missing validation file', ['data.validation=none.txt'], /none\.txt: no such file/],
  ['a text of blanks', ['data.train=blank.txt'], /data blank\.txt: expected text, got only blanks/],
  [
    'a text shorter than a block',
    ['data.train=short.txt'],
    /^data short\.txt: expected a text of more than block_size = 32 tokens, got 12; lower block_size$/,
  ],
  [
    'one line for two parts',
    [...alone, 'data.train=line.txt', 'data.documents=lines', 'data.validation_share=0.1'],
    /^data line\.txt: expected enough lines for two parts, got 1$/,
  ],
  [
    'one character for two parts',
    [...alone, 'data.train=letter.txt', 'data.validation_share=0.1'],
    /^data letter\.txt: expected enough text for two parts, got 1 characters$/,
  ],
  [
    'blocks longer than the positions, before there is any text',
    ['data.root=nowhere', 'train.block_size=65'],
    /recipe: train\.block_size: expected at most model\.max_position_embeddings = 64, got 65/,
  ],
  [
    'a token that contradicts the text',
    ['model.eos_token_id=0'],
    /recipe model: eos_token_id: expected null, which follows from the text, got 0/,
  ],
  [
    'a model that is none of language',
    ['model={ model_type: marian }'],
    `recipe model: model_type: expected a language model (${typesIn('causal').join(', ')}), got "marian", an encoder–decoder`,
  ],
  ['an unknown field of the model', ['model.hidden_sise=3'], /unknown field "hidden_sise".*did you mean "hidden_size"/],
];

const recipes: [string, string[], RegExp | string][] = [
  [
    'a share beside a validation file',
    ['data.validation_share=0.2'],
    /--set: data\.validation_share: expected none with a validation file/,
  ],
  [
    'a batch that holds no block',
    ['train.max_tokens_per_batch=31'],
    /train\.max_tokens_per_batch: expected at least block_size = 32, got 31$/,
  ],
  [
    'patience with nothing to look at',
    [...alone, 'train.early_stopping_patience=2'],
    /data\.validation: expected validation data, which train\.early_stopping_patience needs/,
  ],
  ['a length of texts, which have none', ['train.max_length=9'], /unknown field "max_length"/],
  ['beams that are drawn', ['generation={ do_sample: true, num_beams: 2 }'], /num_beams: expected 1 with do_sample/],
];

describe('a training is refused, and nothing is written, for', () => {
  test.each(cases)('%s', async (_, settings, message) => {
    const refused = run.train('out', settings, { listener: { started: () => expect.fail() } });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
    expect(await stat(run.at('out')).catch(() => 'nothing')).toBe('nothing');
  });

  test.each(recipes)('%s', (_, settings, message) => expect(() => run.recipe(...settings)).toThrow(message));
});

test('patience looks at the share of the text that validates', () => {
  const recipe = run.recipe(...alone, 'data.validation_share=null', 'train.early_stopping_patience=2');
  expect(recipe.data).toMatchObject({ validation_share: 0.1 });
});

test('a block may have more tokens than a batch has by default, where the number of blocks is given', () => {
  const long = ['train.max_tokens_per_batch=null', 'train.block_size=5000'];
  expect(() => run.recipe(...long)).toThrow(
    /train\.max_tokens_per_batch: expected at least block_size = 5000, got 4096$/,
  );
  expect(run.recipe(...long, 'train.per_device_train_batch_size=2').train).toMatchObject({ block_size: 5000 });
});

describe('evaluate', () => {
  const scored = (data: string[], settings: string[] = [], rest = {}) =>
    evaluateFiles(run.at('whole'), { data: data.map((file) => run.at('data', file)), settings, ...rest });

  test('takes one text file and no option', async () => {
    await run.train('whole', ['train.max_steps=1']);
    await expect(scored(['test.txt', 'train.txt'])).rejects.toThrow(/--data: expected one text file, got 2 files/);
    await expect(scored(['test.txt'], ['generation.top_k=1'])).rejects.toThrow(/--set: unknown field "generation"/);
    await expect(scored(['test.txt'], [], { tokenize: '13a' })).rejects.toThrow(
      /--tokenize: expected a model that writes a text for each input/,
    );
    await expect(scored(['none.txt'])).rejects.toThrow(/none\.txt: no such file/);
  });

  test('reports how much of a text is unknown', async () => {
    await run.write('data/strange.txt', 'the loom §§\n');
    const { notes } = await scored(['strange.txt']);
    expect(notes).toEqual(['2 of 12 tokens are <unk>']);
  });
});
