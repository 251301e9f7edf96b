/** What holds of translation, summarization and text-to-text generation alike, with every encoder–decoder. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readParallel } from '../../../src/data/read/parallel.ts';
import { escapeMarkup } from '../../../src/inspect/markup.ts';
import { InputError } from '../../../src/io/error.ts';
import { corpusRouge } from '../../../src/measure/rouge/rouge.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { evaluateTextToText, pipeline } from '../../../src/tasks/index.ts';
import { writeAttentionPage } from '../../../src/tasks/verbs/attention-file.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { observedBackend } from '../../runtime/observed-backend.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample, shortSample, spellingSample, type TaskSample } from '../task-sample.ts';

const models = {
  marian: spellingSample.recipe.match(/model:\n(( {2}.*\n)+)/)?.[1] ?? '',
  transformer_seq2seq: shortSample.recipe.match(/model:\n(( {2}.*\n)+)/)?.[1] ?? '',
  recurrent_seq2seq: '  model_type: recurrent_seq2seq\n  embedding_size: 8\n  hidden_size: 8\n  cell: lstm\n',
};

const texts = ['bleu', 'bleu_signature', 'chrf', 'exact_match'];
const scoreNames = {
  translation: texts,
  summarization: ['rouge1', 'rouge2', 'rougeL', 'rougeLsum', ...texts],
  'text2text-generation': ['exact_match', 'per', 'word_error_rate', 'chrf'],
};

const samples = [dateSample, shortSample, spellingSample];
const runs = new Map<string, SmallRun<TaskSample>>();
beforeAll(async () => {
  for (const sample of samples) runs.set(sample.task, await SmallRun.make(sample));
});
afterAll(async () => {
  for (const run of runs.values()) await run.remove();
});

const runOf = (task: string): SmallRun<TaskSample> => {
  const run = runs.get(task);
  if (!run) throw new Error(`no sample of ${task}`);
  return run;
};
const modelSetting = (family: keyof typeof models) => `model=\n${models[family]}`;

describe.each(Object.keys(models) as (keyof typeof models)[])('%s', (family) => {
  test.each(samples.map(({ task }) => task as keyof typeof scoreNames))('does %s', async (task) => {
    const run = runOf(task);
    const settings = [modelSetting(family), 'train.max_steps=2', 'train.predict_with_generate=true'];
    const { metrics, state } = await run.train(family, [...settings, 'train.eval_steps=2']);
    const named = (part: string) => scoreNames[task].map((name) => `${part}_${name}`);
    const found = Object.keys(metrics).filter(
      (name) => /^(eval|test)_/.test(name) && !/_(runtime|samples)$/.test(name),
    );
    expect(found.sort()).toEqual(['eval_loss', ...named('eval'), ...named('test')].sort());
    const evaluation = state.log_history.find((entry) => 'eval_loss' in entry);
    expect(Object.keys(evaluation ?? {}).slice(2)).toEqual(['eval_loss', ...named('eval')]);
    expect(metrics.eval_loss).toBeCloseTo(Number(evaluation?.eval_loss), 6);
    const use = await pipeline(task, run.at(family));
    const outputs = await use(run.sample.lines.slice(0, 2), { num_return_sequences: 2, output_scores: true });
    expect(outputs).toHaveLength(4);
    const field = { translation: 'translation_text', summarization: 'summary_text' }[String(task)] ?? 'generated_text';
    for (const output of outputs) expect(Object.keys(output)).toEqual([field, 'score', 'token_ids']);
    await use.dispose();
  });
});

describe('a finished model', () => {
  test('without a limit on positions is scored in batches, to the same loss', async () => {
    const run = runOf('translation');
    await run.train('limitless', [modelSetting('recurrent_seq2seq'), 'train.max_steps=1', 'train.eval_steps=1']);
    const use = await pipeline('translation', run.at('limitless'));
    const text = await readParallel(run.at('data'), { source: 'test.source', target: 'test.target' });
    const scored = async (max_tokens_per_batch: number) => {
      let runs = 0;
      const backend = observedBackend(nodeBackend(), { ran: () => runs++ });
      const { metrics } = await evaluateTextToText(use, text, backend, { max_tokens_per_batch });
      return { loss: Number(metrics.eval_loss), batches: runs };
    };
    const [whole, parts] = [await scored(4096), await scored(30)];
    await use.dispose();
    expect(whole.batches).toBe(1);
    expect(parts.batches).toBeGreaterThan(2);
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
  });

  test('without attention has no attention page', async () => {
    const run = runOf('translation');
    const model = `${modelSetting('recurrent_seq2seq')}  attention: none\n`;
    await run.train('inattentive', [model, 'train.max_steps=1', 'train.eval_steps=1']);
    const page = writeAttentionPage(run.at('inattentive'), run.at('page.html'), { texts: ['one'] });
    await expect(page).rejects.toThrow(new InputError(`${run.at('inattentive')}: the model has no attention to show`));
  });

  test('is scored as its recipe says: ROUGE by characters, errors by phones', async () => {
    const run = runOf('summarization');
    await run.train('rouge', ['train.max_steps=2']);
    const page = run.at('samples.html');
    const { metrics } = await evaluateFiles(run.at('rouge'), { data: [run.at('data/test.csv')], settings: [], page });
    const use = await pipeline('summarization', run.at('rouge'));
    const outputs = (await use(run.sample.lines)).map(({ summary_text }) => summary_text);
    await use.dispose();
    const lines = (await readFile(run.at('data/test.csv'), 'utf8')).split('\n').slice(1);
    const references = lines.map((row) => row.split('"').at(-2) ?? '');
    const by = (tokenize: 'char' | 'unicode') => corpusRouge(outputs, [references], { tokenize }).rouge1;
    expect(by('char')).not.toBeCloseTo(by('unicode'), 3);
    expect(metrics.eval_rouge1).toBeCloseTo(by('char'), 6);
    const shown = await readFile(page, 'utf8');
    const rows = [...shown.matchAll(/<tr><td[^>]*>(.*?)<\/tr>/gs)].map(([, row]) => row);
    expect(rows).toHaveLength(outputs.length);
    for (const [i, row] of rows.entries()) {
      const [read, written, right = written] = row
        .split(/<\/td>|<\/p>/)
        .map((cell) => cell.replace(/<svg.*<\/svg> |<[^>]*>/g, ''))
        .map((text) => (text === 'nothing' ? '' : text));
      const given = [run.sample.lines[i], outputs[i], references[i]].map((text) => text.trim().replace(/\s+/gu, ' '));
      expect([read, written, right === '' ? written : right]).toEqual(given.map(escapeMarkup));
    }
    expect(shown).toContain(`<dt>rouge1</dt><dd>${Number(Number(metrics.eval_rouge1).toPrecision(4))}</dd>`);
  });
});

test('BLEU’s tokenizer is refused where nothing is scored by BLEU', async () => {
  const run = runOf('text2text-generation');
  await run.train('bleu', ['train.max_steps=1']);
  const call = { data: [run.at('data/test.jsonl')], settings: [] };
  const scored = evaluateFiles(run.at('bleu'), { ...call, tokenize: 'none' });
  await expect(scored).rejects.toThrow(
    /--tokenize: only for BLEU, which does not score text2text-generation; remove it/,
  );
  expect((await evaluateFiles(run.at('bleu'), call)).metrics).toHaveProperty('eval_per');
});

describe('tokenizers of two kinds', () => {
  test('read characters, Hangul as jamo, and write words', async () => {
    const run = runOf('text2text-generation');
    await run.train('kinds', ['train.max_steps=1']);
    const { tokenizers, dispose } = await pipeline('text2text-generation', run.at('kinds'));
    const { source, target } = tokenizers;
    expect(source.tokens(source.encode('5월'))).toEqual(['5', '\u110b', '\u116f', '\u11af', '</s>']);
    expect(target.tokens(target.encode('1 9 - 0'))).toEqual(['1', '9', '-', '0', '</s>']);
    expect(target.decode(target.encode('1  9 -'), { skip_special_tokens: true })).toBe('1 9 -');
    expect(source.vocabSize).toBe(target.vocabSize);
    await dispose();
  });
});

describe('a recipe is refused for', () => {
  const refused = (task: string, ...settings: string[]): string => {
    try {
      runOf(task).recipe(...settings);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
    throw new Error('the recipe was accepted');
  };
  test.each([
    [
      'a tokenizer of one side, with a vocabulary of both',
      'text2text-generation',
      ['tokenizer.shared=true'],
      /tokenizer\.shared: expected shared: false, because the source has its own tokenizer, got true/,
    ],
    [
      'jamo in texts that are written',
      'text2text-generation',
      ['tokenizer.target.normalization=NFD'],
      /unknown field "normalization" in tokenizer\.target/,
    ],
    [
      'a side’s vocabulary that has no room for bytes',
      'text2text-generation',
      ['tokenizer.target={ kind: bpe, vocab_size: 100 }'],
      /tokenizer\.target\.vocab_size: expected at least 259 with byte_level .*got 100/,
    ],
    [
      'an error rate of another unit',
      'text2text-generation',
      ['train.metric_for_best_model=wer', 'train.predict_with_generate=true'],
      /train\.metric_for_best_model: expected the error rate of train\.unit, or another score, got/,
    ],
    [
      'an unknown unit',
      'text2text-generation',
      ['train.unit=phon'],
      /train\.unit: expected one of word, phone, character, got "phon"; did you mean "phone"/,
    ],
    [
      'an unknown way to cut for ROUGE',
      'summarization',
      ['train.rouge_tokenize=13a'],
      /train\.rouge_tokenize: expected one of rouge, unicode, char, got "13a"/,
    ],
    ['scores of another task', 'translation', ['train.metric_for_best_model=rouge1'], /metric_for_best_model/],
    ['fields of another task', 'translation', ['train.unit=phone'], /unknown field "unit" in train/],
    [
      'one column of JSON twice',
      'text2text-generation',
      ['data.train.columns.target=word'],
      /data\.train\.columns: expected two different columns, got the same one twice/,
    ],
    [
      'one file as source and target',
      'translation',
      ['data.test={ source: a.txt, target: a.txt }'],
      /data\.test: expected two different files, got the same one twice$/,
    ],
  ])('%s', (_, task, settings, message) => {
    expect(refused(task, ...settings)).toMatch(message);
  });

  test('a column that is not there, with file and line', async () => {
    const run = runOf('summarization');
    const wrong = run.train('wrong', ['data.train.columns.target=shrot']);
    await expect(wrong).rejects.toThrow(/data train\.csv:1: expected a column "shrot", got .*did you mean "short"\?/);
  });

  test('a JSON line without a field', async () => {
    const run = runOf('text2text-generation');
    await run.write('data/torn.jsonl', '{"word": "a", "phones": "a"}\n{"word": "b"}\n');
    const wrong = run.train('wrong', ['data.train.file=torn.jsonl']);
    await expect(wrong).rejects.toThrow(/data torn\.jsonl:2: expected a field "phones", got/);
  });
});

describe('several results a text', () => {
  const several = ['generation.num_beams=3', 'generation.num_return_sequences=3'];
  const predicted = async (out: string, settings: readonly string[], json: boolean): Promise<string[]> => {
    let text = '';
    await predictLines(runOf('translation').at(out), {
      json,
      settings,
      stdin: Readable.from([Buffer.from(`${dateSample.lines[0]}\n\n`)]),
      print: async (more) => void (text += more),
      note: () => undefined,
    });
    return text.split('\n').slice(0, -1);
  };

  test('are one list per line in JSON, and refused where there is room for one', async () => {
    const run = runOf('translation');
    await run.train('several', ['train.max_steps=1']);
    const lists = (await predicted('several', several, true)).map((line) => JSON.parse(line));
    expect(lists[0]).toHaveLength(3);
    expect(lists[0][0]).toEqual({
      translation_text: expect.any(String),
      score: expect.any(Number),
      token_ids: expect.any(Array),
    });
    expect(lists[1]).toEqual(new Array(3).fill({ translation_text: '' }));
    await expect(predicted('several', several, false)).rejects.toThrow(
      'predict: generation.num_return_sequences: expected 1, got 3; --json writes them all, as one list per line',
    );
    const data = ['test.source', 'test.target'].map((file) => run.at('data', file));
    await expect(evaluateFiles(run.at('several'), { data, settings: several })).rejects.toThrow(
      'evaluate: generation.num_return_sequences: expected 1, got 3',
    );
  });

  test('have scores in JSON unless these are switched off; scores are refused where there is no room for them', async () => {
    const run = runOf('translation');
    await run.train('scored', ['train.max_steps=1']);
    const asked = (value: boolean) => [`generation.output_scores=${value}`];
    const [{ score }, bare] = await Promise.all(
      [true, false].map(async (value) => JSON.parse((await predicted('scored', asked(value), true))[0])),
    );
    expect(score).toEqual(expect.any(Number));
    expect(bare).toEqual({ translation_text: expect.any(String) });
    await expect(predicted('scored', asked(true), false)).rejects.toThrow(
      'predict: generation.output_scores: expected false, got true; --json writes the score of every text',
    );
    const data = ['test.source', 'test.target'].map((file) => run.at('data', file));
    await expect(evaluateFiles(run.at('scored'), { data, settings: asked(true) })).rejects.toThrow(
      'evaluate: generation.output_scores: expected false, got true',
    );
  });

  test('may be set with all of generation at once', async () => {
    const run = runOf('translation');
    await run.train('whole', ['train.max_steps=1']);
    const whole = ['generation={ num_beams: 3, num_return_sequences: 3 }'];
    expect(JSON.parse((await predicted('whole', whole, true))[0])).toHaveLength(3);
    await expect(predicted('whole', ['generation=3'], true)).rejects.toThrow(
      /--set generation: expected a mapping of fields, got 3/,
    );
  });

  test('that a recipe asks for are the list, and the best of them the line and the score', async () => {
    const run = runOf('translation');
    const { metrics } = await run.train('asked', ['train.max_steps=1', ...several]);
    expect(JSON.parse((await predicted('asked', [], true))[0])).toHaveLength(3);
    expect(await predicted('asked', [], false)).toHaveLength(2);
    const data = ['test.source', 'test.target'].map((file) => run.at('data', file));
    const { metrics: again } = await evaluateFiles(run.at('asked'), { data, settings: [] });
    expect(again.eval_chrf).toBeCloseTo(Number(metrics.test_chrf), 6);
  });
});
