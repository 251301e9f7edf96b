import { stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample } from '../task-sample.ts';

let dates: SmallRun;
beforeAll(async () => {
  dates = await SmallRun.make(dateSample);
});
afterAll(() => dates.remove());

type Content = string | Uint8Array;

const lines = (...texts: string[]): string => `${texts.join('\n')}\n`;
const torn = gzipSync(lines('3 May 1998', '4 May 1998')).subarray(0, -6);
const train = ['data.train.source=given/a', 'data.train.target=given/b'];

/** What is wrong, the two files of the training set, further settings, the message. */
const cases: [string, [Content, Content] | undefined, string[], RegExp][] = [
  ['a missing file', undefined, ['data.train.source=none.txt'], /none\.txt: no such file/],
  ['a folder for a file', undefined, ['data.train.source=.'], /expected a readable text file, got a folder/],
  ['a missing validation file', undefined, ['data.validation.source=none.txt'], /none\.txt: .*no such file/],
  ['a missing test file', undefined, ['data.test.target=none.txt'], /none\.txt: .*no such file/],
  ['an empty file', ['', '1998-05-03\n'], train, /given\/a: expected lines of text, got an empty file/],
  [
    'source and target of different length',
    [lines('3 May 1998', '4 May 1998'), lines('1998-05-03')],
    train,
    /data given\/a and given\/b: expected the same number of lines, got 2 in given\/a and 1 in given\/b/,
  ],
  [
    'a file that is not UTF-8',
    [Uint8Array.of(0x41, 0x0a, 0xff, 0x0a), lines('1', '2')],
    train,
    /given\/a:2: expected UTF-8, got byte ff/,
  ],
  [
    'a blank line on one side',
    [lines('3 May 1998', ' '), lines('1998-05-03', '1998-05-04')],
    train,
    /given\/a:2: expected text on both sides, got a blank source/,
  ],
  [
    'a torn gzip file',
    [torn, torn],
    ['data.train.source=given/a.gz', 'data.train.target=given/b.gz'],
    /given\/a\.gz: expected a complete gzip file, got a truncated or damaged one/,
  ],
  [
    'text under the name of a gzip file',
    [lines('x'), lines('y')],
    ['data.train.source=given/a.gz', 'data.train.target=given/b.gz'],
    /given\/[ab]\.gz: expected gzip \(bytes 1f 8b\)/,
  ],
  [
    'a line without a second column',
    [lines('a\tb', 'c'), lines('')],
    ['data.train={ file: given/a }'],
    /given\/a:2: expected at least 2 tab-separated columns, found 1: "c"/,
  ],
  [
    'no pair short enough',
    undefined,
    ['train.max_length=4'],
    /data: expected pairs of at most train\.max_length = 4 tokens, got none/,
  ],
  [
    'a pair larger than a batch',
    undefined,
    ['train.max_tokens_per_batch=8'],
    /data train\.source:\d+: every source must fit into a batch, twice max_tokens_per_batch = 16, got \d+ tokens; raise/,
  ],
  [
    'a validation pair larger than a batch',
    undefined,
    ['data.train={ file: given/short.tsv }', 'train.max_tokens_per_batch=10', 'tokenizer.vocab_size=30'],
    /data validation\.source:\d+: every (source|target) must fit into a batch/,
  ],
];

const models: [string, string[], RegExp][] = [
  [
    'heads that do not divide the width',
    ['model.encoder_attention_heads=3'],
    /recipe model: encoder_attention_heads: expected a divisor of d_model 16, got 3/,
  ],
  ['an unknown field, with the nearest', ['model.d_modle=16'], /unknown field "d_modle".*did you mean "d_model"/],
  [
    'an unknown family, with those known',
    ['model.model_type=marien'],
    /model_type: expected one of .*marian, .*got "marien"; did you mean "marian"/,
  ],
  [
    'an unknown activation',
    ['model.activation_function=reul'],
    /activation_function: expected one of .*relu.*, got "reul"/,
  ],
  [
    'a vocabulary that contradicts the tokenizer',
    ['model.vocab_size=91'],
    /recipe model: vocab_size: expected 90, which follows from the tokenizer, got 91/,
  ],
  [
    'a pad token that contradicts the tokenizer',
    ['model.pad_token_id=0'],
    /recipe model: pad_token_id: expected 89, which follows from the tokenizer, got 0/,
  ],
  [
    'a target’s vocabulary that contradicts the shared tokenizer',
    ['model.decoder_vocab_size=50'],
    /^recipe model: decoder_vocab_size: expected 90, which follows from the tokenizer, got 50$/,
  ],
  [
    'the same, with two tables of embeddings',
    ['model.decoder_vocab_size=50', 'model.share_encoder_decoder_embeddings=false'],
    /^recipe model: decoder_vocab_size: expected 90, which follows from the tokenizer, got 50$/,
  ],
  [
    'a field by the name that others have for it',
    ['model.hidden=3', 'data.root=nowhere'],
    /^recipe model: unknown field "hidden"; did you mean "d_model"\?$/,
  ],
  [
    'one table of embeddings for two vocabularies',
    ['tokenizer.shared=false', 'model.share_encoder_decoder_embeddings=true'],
    /share_encoder_decoder_embeddings/,
  ],
  [
    'a token outside the vocabulary in the generation',
    ['generation.forced_bos_token_id=90'],
    /generation config: forced_bos_token_id: token ids must be in 0 … 89, got 90/,
  ],
  ['a model that can be checked before there is any text', ['data.root=nowhere', 'model.dmodel=3'], /dmodel/],
  [
    'sentences longer than the positions',
    ['train.max_length=65'],
    /recipe: train\.max_length: expected at most model\.max_position_embeddings = 64, got 65/,
  ],
  [
    'translations longer than the positions',
    ['generation.max_new_tokens=65'],
    /recipe: generation\.max_new_tokens: expected at most model\.max_position_embeddings = 64, got 65/,
  ],
];

async function expectRefusal(settings: string[], message: RegExp): Promise<void> {
  const refused = dates.train('out', settings, { listener: { started: () => expect.fail() } });
  await expect(refused).rejects.toThrow(InputError);
  await expect(refused).rejects.toThrow(message);
  expect(await stat(dates.at('out')).catch(() => 'nothing')).toBe('nothing');
}

describe('a training is refused, and nothing is written, for', () => {
  test.each(cases)('%s', async (_, files, settings, message) => {
    await dates.write('data/given/short.tsv', lines('1\t2', '3\t4'));
    for (const end of ['', '.gz']) {
      await dates.write(`data/given/a${end}`, files?.[0] ?? 'a');
      await dates.write(
        `data/given/b${end}`,
        end === '.gz' && files?.[1] === torn ? gzipSync('b') : (files?.[1] ?? 'b'),
      );
    }
    await expectRefusal(settings, message);
  });

  test.each(models)('%s', (_, settings, message) => expectRefusal(settings, message));

  test('beams in evaluations of a model that draws', () => {
    const settings = ['train.predict_with_generate=true', 'train.generation_num_beams=2', 'generation.num_beams=1'];
    expect(() => dates.recipe(...settings, 'generation.do_sample=true')).toThrow(
      /^--set: train\.generation_num_beams: expected 1 with generation\.do_sample, got 2$/,
    );
  });

  test('a metric that evaluations do not have', () => {
    expect(() => dates.recipe('train.metric_for_best_model=eval_bleu')).toThrow(
      /train\.metric_for_best_model: expected eval_loss, the only score without predict_with_generate, got "?eval_bleu/,
    );
  });
});
