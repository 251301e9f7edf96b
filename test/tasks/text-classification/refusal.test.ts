import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { SmallRun, unvalidated } from '../small-run.ts';
import { feelingSample } from '../task-sample.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(feelingSample);
});
afterAll(() => run.remove());

/** What is wrong, a table `given.tsv`, settings, the message. */
const cases: [string, string, string[], RegExp][] = [
  [
    'one label only',
    'a\tgood\nb\tgood\n',
    ['data.train.file=given.tsv'],
    /data given\.tsv: expected at least two labels, got "good" only/,
  ],
  [
    'labels of the validation set that training has not, all of them',
    'a\tgood\nb\tugly\nc\tnice\n',
    ['data.validation.file=given.tsv'],
    /^data: 2 lines cannot be used:\n {2}data given\.tsv:2: expected one of the labels bad, good, got "ugly"\n {2}data given\.tsv:3: .* got "nice"$/,
  ],
  [
    'fifty labels of the validation set that training has not: five are shown, the rest counted',
    'a\tugly\n'.repeat(50),
    ['data.validation.file=given.tsv'],
    /^data: 50 lines cannot be used:(\n {2}data given\.tsv:\d: .* got "ugly"){5}\n {2}and 45 more$/,
  ],
  [
    'fifty labels that are no numbers: five are shown, the rest counted',
    'a\tx\n'.repeat(50),
    ['data={ train: { file: given.tsv } }', 'train.eval_steps=null', 'model.problem_type=regression'],
    /^data: 50 lines cannot be used:(\n {2}data given\.tsv:\d: .* got "x"){5}\n {2}and 45 more$/,
  ],
  [
    'one of the test set',
    'a\tugly\n',
    ['data.test.file=given.tsv'],
    /given\.tsv:1: expected one of the labels bad, good, got "ugly"/,
  ],
  [
    'a text without a label',
    'a\tgood\nb\t\n',
    ['data.train.file=given.tsv'],
    /given\.tsv:2: expected a label, got a blank/,
  ],
  [
    'a line without a column',
    'a\tgood\nb\n',
    ['data.train.file=given.tsv'],
    /given\.tsv:2: expected at least 2 tab-separated columns/,
  ],
  [
    'a label that is no number',
    'a\t1.5\nb\tx\n',
    [...unvalidated, 'data.test=null', 'data.train.file=given.tsv', 'model.problem_type=regression'],
    /given\.tsv:2: expected a decimal number within float32's range as label, got "x"/,
  ],
  [
    'a label that only JavaScript reads as a number',
    'a\t1.5\nb\t0x10\n',
    [...unvalidated, 'data.test=null', 'data.train.file=given.tsv', 'model.problem_type=regression'],
    /given\.tsv:2: expected a decimal number within float32's range as label, got "0x10"/,
  ],
  [
    'a label that no float32 holds',
    'a\t-.5\nb\t1e39\n',
    [...unvalidated, 'data.test=null', 'data.train.file=given.tsv', 'model.problem_type=regression'],
    /given\.tsv:2: expected a decimal number within float32's range as label, got "1e39"/,
  ],
  ['a missing file', '', ['data.train.file=none.tsv'], /none\.tsv: no such file/],
  [
    'a text larger than a batch',
    '',
    ['train.max_tokens_per_batch=4'],
    /data train\.tsv:\d+: every text must fit into a batch/,
  ],
  [
    'class weights of another number',
    '',
    ['train.class_weights=[1, 2, 3]'],
    /class_weights: expected 2 numbers, one per label \(bad, good\), got 3/,
  ],
  [
    'class weights of numbers',
    '',
    ['train.class_weights=balanced', 'model.problem_type=regression', 'data.root=nowhere'],
    /train\.class_weights: expected none with problem_type regression/,
  ],
  ...['single_label_classification', 'regression'].map((problem): (typeof cases)[number] => [
    `a separator of labels beside problem_type ${problem}`,
    '',
    ['data.label_separator="|"', `model.problem_type=${problem}`, 'data.root=nowhere'],
    new RegExp(`data\\.label_separator: expected none with problem_type ${problem}, got "\\|"`),
  ]),
  [
    'a metric that the problem has not',
    '',
    ['train.metric_for_best_model=pearson', 'data.root=nowhere'],
    /metric_for_best_model: expected one of eval_loss, eval_accuracy, .*, got eval_pearson/,
  ],
  [
    'labels that contradict the data',
    '',
    ['model.num_labels=3', 'model.id2label=null'],
    /num_labels: expected 2, which follows from the data, got 3/,
  ],
  [
    'texts longer than the positions',
    '',
    ['train.max_length=65'],
    /train\.max_length: expected at most model\.max_position_embeddings = 64, got 65/,
  ],
  [
    'a model that is no encoder',
    '',
    ['model={ model_type: marian }', 'data.root=nowhere'],
    /expected a classifier of texts/,
  ],
  [
    'an encoder that reads characters',
    '',
    ['model={ model_type: recurrent_encoder, character_vocab_size: 9 }'],
    /model\.character_vocab_size: not used by text-classification, which reads tokens only, no characters; remove it/,
  ],
  [
    'an unknown field of the model',
    '',
    ['model.hidden_sise=8', 'data.root=nowhere'],
    /unknown field "hidden_sise"; did you mean "hidden_size"/,
  ],
];

describe('a training is refused, and nothing is written, for', () => {
  test.each(cases)('%s', async (_, table, settings, message) => {
    await run.write('data/given.tsv', table);
    const set = settings.some((setting) => setting.startsWith('data={'))
      ? [...settings, `data.root=${run.at('data')}`]
      : settings;
    const refused = run.train('out', set, { listener: { started: () => expect.fail() } });
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(message);
    expect(await stat(run.at('out')).catch(() => 'nothing')).toBe('nothing');
  });
});
