import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { InputError } from '../../../src/io/error.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import type { TokenRange } from '../../../src/models/tokens.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import type { TrainRecipeOptions, TrainResult } from '../../../src/tasks/verbs/train-recipe.ts';
import { completeArguments } from '../../../src/train/complete-arguments.ts';
import { learningRateAt } from '../../../src/train/optimizers/schedule.ts';
import { observedBackend } from '../../runtime/observed-backend.ts';
import { fileDigest } from '../../train/sequence-task.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample } from '../task-sample.ts';

let dates: SmallRun;
let whole: TrainResult;
const said: string[] = [];

beforeAll(async () => {
  dates = await SmallRun.make(dateSample);
  whole = await dates.train('whole', [], { say: (message) => void said.push(message) });
});
afterAll(() => dates.remove());

/** Every file of a folder and what it holds. */
async function contents(path: string): Promise<Map<string, string>> {
  const entries = await readdir(dates.at(path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  return new Map(await Promise.all(files.sort().map(async (file) => [file, await fileDigest(file)] as const)));
}

const weights = (out: string) => fileDigest(dates.at(out, 'model.safetensors'));

describe('a trained recipe leaves', () => {
  test('a model folder with tokenizer, scores, log and checkpoints', async () => {
    expect((await readdir(dates.at('whole'))).sort()).toEqual([
      'README.md',
      'checkpoint-3',
      'checkpoint-6',
      'config.json',
      'eval_results.json',
      'generation_config.json',
      'heddle.json',
      'metrics.jsonl',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'trainer_state.json',
    ]);
    const { config, tokens, parameters } = await loadModel(diskFolder(dates.at('whole')), {
      role: 'sequence-to-sequence',
    });
    expect(config).toMatchObject({
      model_type: 'marian',
      eos_token_id: 0,
      pad_token_id: (tokens as TokenRange).targetVocabulary - 1,
    });
    expect([...(parameters.get('final_logits_bias') ?? [1])].every((x) => x === 0)).toBe(true);
  });

  test('eval_results.json: the loss and the scores of the validation set, the scores of the test set', async () => {
    const results = await dates.json('whole', 'eval_results.json');
    expect(results).toEqual(whole.metrics);
    expect(Object.keys(results).sort()).toEqual(
      ['eval', 'test']
        .flatMap((part) =>
          ['bleu', 'bleu_signature', 'chrf', 'exact_match', 'samples', 'runtime'].map((name) => `${part}_${name}`),
        )
        .concat('eval_loss', 'train_runtime')
        .sort(),
    );
    expect(results).toMatchObject({ eval_samples: 12, test_samples: 8 });
    const losses = whole.state.log_history.flatMap(({ eval_loss }) =>
      typeof eval_loss === 'number' ? [eval_loss] : [],
    );
    expect(results.eval_loss).toBeCloseTo(Math.min(...losses), 6);
  });

  test('heddle.json with the recipe and the scores', async () => {
    const file = await dates.json('whole', 'heddle.json');
    expect(file).toEqual({
      task: 'translation',
      recipe: JSON.parse(JSON.stringify(dates.recipe())),
      data: { train: 300, validation: 12, test: 8 },
      parameters: expect.any(Number),
      metrics: whole.metrics,
    });
  });

  test('the weights of the best evaluation', async () => {
    const { best_step, log_history } = whole.state;
    const losses = log_history.flatMap(({ step, eval_loss }) => (eval_loss === undefined ? [] : [[step, eval_loss]]));
    expect(losses.map(([step]) => step)).toEqual([3, 6]);
    expect(best_step).toBe(Number(losses[0][1]) <= Number(losses[1][1]) ? 3 : 6);
    expect(await weights('whole')).toEqual(await weights(`whole/checkpoint-${best_step}`));
    expect(whole.metrics.eval_loss).toBeCloseTo(Number(whole.state.best_metric), 6);
  });

  test('notes for the user', () => {
    expect(said[0]).toMatch(/^data: 300 pairs to train on, vocabulary of 90 shared tokens$/);
  });
});

describe('with predict_with_generate', () => {
  test('every evaluation has the scores of texts, and the best may be the best by one of them', async () => {
    const settings = ['train.predict_with_generate=true', 'train.metric_for_best_model=chrf', 'train.max_steps=3'];
    const { state } = await dates.train('scored', [...settings, 'train.eval_steps=2']);
    const evaluations = state.log_history.filter((entry) => 'eval_loss' in entry);
    expect(evaluations.map(({ step }) => step)).toEqual([2, 3]);
    const names = ['eval_loss', 'eval_bleu', 'eval_bleu_signature', 'eval_chrf', 'eval_exact_match'];
    for (const entry of evaluations) expect(Object.keys(entry).slice(2)).toEqual(names);
    const best = Math.max(...evaluations.map(({ eval_chrf }) => Number(eval_chrf)));
    expect(state.best_metric).toBe(best);
  });
});

test('bleu_tokenize says how BLEU cuts words, lowercase that case does not count', async () => {
  const settings = ['train.bleu_tokenize=none', 'tokenizer.lowercase=true', 'train.max_steps=1'];
  const { metrics } = await dates.train('none', settings);
  expect(metrics.test_bleu_signature).toMatch(/\|case:lc\|.*\|tok:none\|/);
});

describe('a validation text longer than the model’s positions', () => {
  test('is cut, and this is reported', async () => {
    const long = '3 May 1998 '.repeat(20);
    await dates.write('data-long/a', `${long}\n${await readFile(dates.at('data/validation.source'), 'utf8')}`);
    await dates.write('data-long/b', `1998-05-03\n${await readFile(dates.at('data/validation.target'), 'utf8')}`);
    const messages: string[] = [];
    const say = (message: string) => void messages.push(message);
    const settings = ['data.validation={ source: ../data-long/a, target: ../data-long/b }', 'train.max_steps=1'];
    const { metrics } = await dates.train('cut', settings, { say });
    expect(metrics.eval_samples).toBe(13);
    expect(messages).toContain('data: validation texts cut to train.max_length = 64 tokens: 1');
  });
});

test.each([1e12, 1e36])('an evaluation after updates with a learning rate of %d names the cause', async (rate) => {
  const settings = [`train.learning_rate=${rate}`, 'train.warmup_steps=0', 'train.max_steps=2', 'train.eval_steps=1'];
  const run = dates.train(`diverged-${rate}`, [...settings, 'train.predict_with_generate=true']);
  await expect(run).rejects.toThrow(
    /^train: eval_loss must be finite, got (NaN|Infinity) since the weights are not finite any more, or too large; a lower learning_rate/,
  );
});

describe('without a validation set', () => {
  test('a recipe trains, keeps the last weights and scores the test set', async () => {
    const { metrics, state } = await dates.train('alone', [...dates.unvalidated, 'train.max_steps=2']);
    expect(state.best_step).toBeNull();
    expect(Object.keys(metrics).filter((name) => name.startsWith('eval_'))).toEqual([]);
    expect(metrics).toMatchObject({
      test_samples: 8,
      test_runtime: expect.any(Number),
      test_bleu_signature: expect.stringContaining('|tok:13a|'),
    });
    expect(await weights('alone')).toEqual(await weights('alone/checkpoint-2'));
  });

  test('and without a test set it has no scores', async () => {
    const { metrics } = await dates.train('bare', [...dates.unvalidated, 'data.test=null', 'train.max_steps=1']);
    expect(Object.keys(metrics)).toEqual(['train_runtime']);
  });
});

describe('separate vocabularies', () => {
  test('give two tokenizers, and two tables of embeddings', async () => {
    await dates.train('separate', ['tokenizer.shared=false', 'train.max_steps=1', 'train.save_steps=1']);
    expect(await readdir(dates.at('separate'))).toContain('target_tokenizer.json');
    const { parameters } = await loadModel(diskFolder(dates.at('separate')));
    expect(parameters.has('model.encoder.embed_tokens.weight')).toBe(true);
    expect(parameters.has('model.shared.weight')).toBe(false);
  });
});

describe('--resume', () => {
  test('with other training values is refused, each named, and nothing is touched', async () => {
    const before = await contents('whole');
    const resumed = dates.train('whole', ['train.learning_rate=1', 'model.dropout=0.5', 'train.weight_decay=0.1'], {
      resume: true,
    });
    await expect(resumed).rejects.toThrow(InputError);
    const error: Error = await resumed.catch((reason) => reason);
    expect(error.message).toMatch(/whole: a resumed training needs the values it began with:\n/);
    expect(error.message.split('\n').slice(1).sort()).toEqual([
      '  model.dropout was 0.1, got 0.5',
      '  train.learning_rate was 0.0005, got 1',
      '  train.weight_decay was 0, got 0.1',
    ]);
    expect(await contents('whole')).toEqual(before);
  });

  test('with more updates continues, to the bytes of a run with that length from the start', async () => {
    await dates.train('long', ['train.max_steps=9']);
    await dates.train('grown', ['train.max_steps=6']);
    const { state } = await dates.train('grown', ['train.max_steps=9'], { resume: true });
    expect(state.global_step).toBe(9);
    expect(await weights('grown/checkpoint-9')).toEqual(await weights('long/checkpoint-9'));
    expect(await weights('grown')).toEqual(await weights('long'));
    expect((await dates.json('grown', 'heddle.json')).recipe.train.max_steps).toBe(9);
  });

  test.each(['linear', 'cosine'])(
    'with more updates continues under a %s schedule too, and says what that means',
    async (name) => {
      const settings = [`train.lr_scheduler_type=${name}`, 'train.save_steps=2'];
      const rates = (result: TrainResult) =>
        result.state.log_history.flatMap(({ learning_rate: rate }) => (rate === undefined ? [] : [Number(rate)]));
      const messages: string[] = [];
      const say = (message: string) => void messages.push(message);
      const short = await dates.train(name, [...settings, 'train.max_steps=4', 'train.logging_steps=1'], { say });
      expect(messages.join()).not.toContain('new end');
      const grown = await dates.train(name, [...settings, 'train.max_steps=8', 'train.logging_steps=1'], {
        resume: true,
        say,
      });
      expect(messages.join()).toContain(
        `the training has a new end: from now on the learning rate follows the ${name} schedule to that end, ` +
          'so the result differs from that of a run with this end from the start',
      );
      const rateAt = (max_steps: number) =>
        learningRateAt({ ...completeArguments(dates.recipe(...settings).train, 1), max_steps });
      expect(rates(short)).toEqual([0, 1, 2, 3].map(rateAt(4)));
      expect(rates(grown)).toEqual([...[0, 1, 2, 3].map(rateAt(4)), ...[4, 5, 6, 7].map(rateAt(8))]);
      expect((await dates.json(name, 'heddle.json')).metrics).toEqual(grown.metrics);
    },
  );

  test('with more epochs continues', async () => {
    const epochs = (n: number) => ['train.max_steps=null', `train.num_train_epochs=${n}`];
    const { state } = await dates.train('epochs', epochs(1));
    const more = await dates.train('epochs', epochs(2), { resume: true });
    expect(more.state.global_step).toBe(2 * state.global_step);
  });

  test('with other generation settings scores and saves again, without an update', async () => {
    await dates.train('greedy', ['train.max_steps=2']);
    const before = await weights('greedy');
    const updated = () => expect.fail();
    const changed = ['train.max_steps=2', 'generation.num_beams=1', 'generation.max_new_tokens=7'];
    await dates.train('greedy', changed, { resume: true, listener: { updated } });
    expect(await dates.json('greedy', 'generation_config.json')).toMatchObject({ num_beams: 1, max_new_tokens: 7 });
    expect(await weights('greedy')).toEqual(before);
  });
});

describe('a signal that is aborted', () => {
  test('ends the scoring of the finished model while it generates', async () => {
    const controller = new AbortController();
    let isFinished = false;
    let runs = 0;
    const backend = observedBackend(nodeBackend(), {
      ran: () => {
        if (isFinished && ++runs === 4) controller.abort(new Error('enough'));
      },
    });
    const listener = { finished: () => (isFinished = true) };
    const stopped = dates.train('scoring', [], { listener, backend, signal: controller.signal });
    await expect(stopped).rejects.toThrow('enough');
    expect(runs).toBeLessThan(8);
    expect(await readdir(dates.at('scoring'))).not.toContain('eval_results.json');
  });

  test('after the last update leaves the model unscored; resumed, the run is scored without an update', async () => {
    const controller = new AbortController();
    const listener = { finished: () => controller.abort(new Error('enough')) };
    const stopped = dates.train('aborted', [], { listener, signal: controller.signal });
    await expect(stopped).rejects.toThrow('enough');
    expect(await weights('aborted')).toEqual(await weights('whole'));
    expect(await readdir(dates.at('aborted'))).not.toContain('eval_results.json');
    const updated = () => expect.fail();
    const { metrics } = await dates.train('aborted', [], { resume: true, listener: { updated } });
    expect(metrics.test_bleu).toBe(whole.metrics.test_bleu);
  });
});

describe('the output folder', () => {
  test('that holds another run is refused and not touched, before any data is read', async () => {
    const before = await contents('whole');
    const again = dates.train('whole', ['data.root=nowhere']);
    await expect(again).rejects.toThrow(InputError);
    await expect(again).rejects.toThrow(/whole: expected a new or empty folder, .*--overwrite/);
    expect(await contents('whole')).toEqual(before);
  });

  test('is replaced with overwrite, nothing of the old run left', async () => {
    await dates.train('twice', ['tokenizer.shared=false', 'train.max_steps=3']);
    await dates.train('twice', ['train.max_steps=1'], { overwrite: true });
    const files = await readdir(dates.at('twice'));
    expect(files).toContain('checkpoint-1');
    expect(files).not.toContain('checkpoint-3');
    expect(files).not.toContain('target_tokenizer.json');
  });

  test.each<[string, string[], Partial<TrainRecipeOptions>, RegExp]>([
    ['the data are wrong', ['data.train.source=missing.txt'], {}, /missing\.txt/],
    ['the model is wrong', ['model.dropout=0.999'], {}, /recipe model: dropout: expected 0, or from 1\/512/],
    [
      'the graph cannot be compiled',
      [],
      { backend: { ...nodeBackend(), compile: () => Promise.reject(new Error('no program')) } },
      /^no program$/,
    ],
  ])('is not replaced when %s', async (_, settings, options, message) => {
    const before = await contents('whole');
    await expect(dates.train('whole', settings, { ...options, overwrite: true })).rejects.toThrow(message);
    expect(await contents('whole')).toEqual(before);
  });
});
