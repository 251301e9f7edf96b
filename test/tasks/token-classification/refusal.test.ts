import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { SmallRun, unvalidated } from '../small-run.ts';
import { entitySample } from '../task-sample.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(entitySample);
});
afterAll(() => run.remove());

const train = ['data.train.file=given.tsv'];
const alone = [...unvalidated, 'data.test=null'];
const conllu = [...alone, 'data.train.file=given.conllu'];

/** A line of CoNLL-U. */
const row = (id: string, form: string, upos: string): string =>
  [id, form, '_', upos, '_', '_', '_', '_', '_', '_'].join('\t');

/** What is wrong, a file `given.tsv` (or `given.conllu`), settings, the message. */
const cases: [string, string, string[], RegExp][] = [
  ['a missing file', '', ['data.train.file=none.tsv'], /none\.tsv: no such file/],
  ['a line without a tag', 'Kim\tB-PS\nmet\n', train, /given\.tsv:2: expected at least 2 columns, found 1: "met"/],
  ['one tag only', 'a\tO\nb\tO\n', train, /data given\.tsv: expected at least two different tags, got only "O"/],
  [
    'a span that goes on without a beginning, every one with its place',
    'a\tI-PS\nb\tO\n\nc\tB-PS\nd\tI-LC\ne\tB-LC\n',
    train,
    /2 lines cannot be used:\n {2}data given\.tsv:1: expected a tag that BIO allows after the sentence’s beginning, got I-PS; set data\.repair_tags to correct it.*\n {2}data given\.tsv:5: .* after B-PS, got I-LC/,
  ],
  [
    'a span without its end',
    'a\tB-PS\nb\tE-PS\n\nc\tB-PS\n',
    train,
    /given\.tsv:4: expected a tag that BIOES allows at the sentence’s end, got B-PS/,
  ],
  [
    'tags that are none of the scheme',
    'a\tNOUN\nb\tO\n',
    [...train, 'model.tag_scheme=BIO'],
    /data given\.tsv: expected tags O, B-TYPE and I-TYPE with model\.tag_scheme BIO, got NOUN/,
  ],
  [
    'tags of the validation set that training has not, all of them',
    'a\tB-PS\nb\tB-XX\nc\tI-XX\n',
    ['data.validation.file=given.tsv'],
    /2 lines cannot be used:\n {2}data given\.tsv:2: expected one of the tags of training \(B-LC, B-PS, I-LC, I-PS, O\), got "B-XX"\n {2}data given\.tsv:3: .* got "I-XX"$/,
  ],
  [
    'one of the test set',
    'a\tB-PS\nb\tB-XX\n',
    ['data.test.file=given.tsv'],
    /given\.tsv:2: expected one of the tags of training/,
  ],
  [
    'words for characters',
    'Kim\tB-PS\nb\tO\n',
    [...train, 'tokenizer.kind=char', 'model.character_embedding_size=null', 'model.character_hidden_size=null'],
    /given\.tsv:1: expected one character per line, because characters are the words, got "Kim"/,
  ],
  [
    'ids of CoNLL-U that do not count',
    `${row('1', 'a', 'DET')}\n${row('3', 'b', 'NOUN')}\n`,
    conllu,
    /given\.conllu:2: expected the id 2, got "3"/,
  ],
  [
    'a column that CoNLL-U has not',
    `${row('1', 'a', 'DET')}\n`,
    [...conllu, 'data.train.columns={ tag: uops }'],
    /columns\.tag must be one of .*, got "uops"; did you mean "upos"/,
  ],
  [
    'a sentence larger than a batch',
    '',
    ['train.max_tokens_per_batch=4'],
    /data train\.tsv:\d+: every text must fit into a batch/,
  ],
  ...[0.001, 0.999].map((p): (typeof cases)[number] => [
    `a probability of ${p}, which rounds to ${Math.round(p)} in 256 parts`,
    '',
    [`train.word_dropout=${p}`],
    /train\.word_dropout: expected 0, or from 1\/512 to below 511\/512, because one random byte decides about a word, got 0\.\d+/,
  ]),
  [
    'characters beside byte pairs',
    '',
    ['tokenizer={ kind: bpe, characters: true }'],
    /tokenizer\.characters: expected false with kind bpe, got true/,
  ],
  [
    'characters for a model that reads none',
    '',
    ['tokenizer.characters=true', 'model={ model_type: transformer_encoder }', 'data.root=nowhere'],
    /tokenizer\.characters: expected false with model_type transformer_encoder, which reads no characters/,
  ],
  [
    'vectors of characters',
    '',
    ['tokenizer={ kind: char, vectors: given.tsv }'],
    /tokenizer\.vectors: expected none with kind char, whose tokens are not words/,
  ],
  [
    'vectors of another width',
    'kim 1 2 3\nseoul 4 5 6\n',
    ['tokenizer.vectors=given.tsv'],
    /given\.tsv: expected vectors of 12 numbers, as the model’s \(embedding_size or hidden_size\), got 3/,
  ],
  [
    'vectors of other words alone',
    `nobody${' 1'.repeat(12)}\n`,
    ['tokenizer.vectors=given.tsv'],
    /given\.tsv: expected vectors for words of the training data, got none/,
  ],
  [
    'smoothing with a CRF',
    '',
    ['train.label_smoothing_factor=0.1', 'data.root=nowhere'],
    /train\.label_smoothing_factor: expected 0 with model\.crf, got 0\.1/,
  ],
  [
    'the best by spans where there are none',
    'a\tX\nb\tY\n',
    [...train, 'data.validation.file=given.tsv', 'data.test=null', 'train.metric_for_best_model=f1'],
    /train\.metric_for_best_model: expected one of eval_loss, eval_accuracy, got eval_f1/,
  ],
  [
    'a model that contradicts the data',
    '',
    ['model.vocab_size=7', 'model.num_labels=2'],
    /recipe model:\n {2}vocab_size: expected \d+, which follows from the data, got 7\n {2}num_labels: expected 5, which follows from the data, got 2/,
  ],
  [
    'a model that writes',
    '',
    ['model={ model_type: transformer_lm }', 'tokenizer.characters=false', 'data.root=nowhere'],
    /model_type: expected a tagger of tokens/,
  ],
  [
    'strict spans where tags mark none',
    'a\tX\nb\tY\n',
    [...alone, ...train, 'train.seqeval_scheme=IOB2'],
    /^recipe: train\.seqeval_scheme: not used if tags do not mark spans; remove it$/,
  ],
  [
    'a repair of spans where tags mark none',
    'a\tX\nb\tY\n',
    [...alone, ...train, 'data.repair_tags=true'],
    /^recipe: data\.repair_tags: not used if tags do not mark spans; remove it$/,
  ],
  [
    'an unknown field of the head',
    '',
    ['model.crv=true', 'data.root=nowhere'],
    /^recipe model: unknown field "crv"; did you mean "crf"\?$/,
  ],
  [
    'an unknown field of the encoder',
    '',
    ['model.layers=2', 'data.root=nowhere'],
    /^recipe model: unknown field "layers"; did you mean "num_hidden_layers"\?$/,
  ],
];

describe('a tagger’s recipe is refused, and nothing written, for', () => {
  test.each(cases)('%s', async (_, content, settings, message) => {
    await run.write('data/given.tsv', content);
    await run.write('data/given.conllu', content);
    const training = (async () => run.train('out', settings))();
    await expect(training).rejects.toThrow(message);
    await expect(training).rejects.toThrow(InputError);
    await expect(stat(run.at('out'))).rejects.toThrow(/ENOENT/);
  });
});
