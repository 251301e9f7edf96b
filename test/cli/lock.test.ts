/** A folder in which a process works is left alone by every other, and is free when that process has ended. */
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../src/runtime/node.ts';
import { trainRecipe } from '../../src/tasks/verbs/train-recipe.ts';
import { SmallRun } from '../tasks/small-run.ts';
import { dateSample } from '../tasks/task-sample.ts';
import { build, heddle } from './heddle.ts';
import { RunningCall } from './running.ts';

let run: SmallRun;
const running: RunningCall[] = [];
beforeAll(async () => {
  await build();
  run = await SmallRun.make(dateSample);
}, 300_000);
afterAll(() => run.remove());
afterEach(async () => {
  for (const call of running.splice(0)) {
    call.send('SIGKILL');
    await call.ended;
  }
});

/** Long enough to be found at work. */
const call = (out: string, ...options: string[]) => [
  ...['train', run.at('recipe.yaml'), '--out', run.at(out), '--set', `data.root=${run.at('data')}`],
  ...['--set', 'train.max_steps=100000', '--set', 'train.logging_steps=1', '--set', 'train.eval_steps=100000'],
  ...['--set', 'train.save_steps=2', '--set', 'train.save_total_limit=3', ...options],
];

async function atWork(out: string): Promise<RunningCall> {
  const training = new RunningCall(call(out));
  running.push(training);
  await training.said(/^step 7\//m);
  return training;
}

describe('while a training runs', () => {
  test('nothing else writes into its folder, and the error says who uses it', { timeout: 90_000 }, async () => {
    const training = await atWork('used');
    const out = run.at('used');
    const others = [
      call('used'),
      call('used', '--resume'),
      call('used', '--overwrite'),
      ['average', out, '--last', '2'],
      ['demo', '--out', out],
      ['lab', 'attention-dilution', '--quick', '--out', out],
      ['tokenizer', 'train', run.at('data/train.source'), '--vocab_size', '90', '--overwrite', '--out', out],
    ];
    for (const other of others) {
      const { status, stderr } = await heddle(other);
      expect(stderr).toMatch(
        new RegExp(`^heddle: ${out}: in use by process ${training.pid} on \\S+ since \\d{4}-\\d\\d-\\d\\dT[\\d:]+Z\n$`),
      );
      expect(status).toBe(2);
    }
    training.send('SIGTERM');
    expect((await training.ended).status).toBe(143);
    expect(await readdir(out)).not.toContain('.heddle.lock');
    expect((await heddle(['average', out, '--last', '2'])).status).toBe(0);
    expect(await readdir(out)).not.toContain('.heddle.lock');
  });
});

test('a killed one leaves its lock, and of several that try to resume it at the same time one succeeds', {
  timeout: 90_000,
}, async () => {
  const training = await atWork('killed');
  training.send('SIGKILL');
  await training.ended;
  const { pid } = JSON.parse(await readFile(run.at('killed/.heddle.lock'), 'utf8'));
  expect(pid).toBe(training.pid);
  const resumed = Array.from({ length: 5 }, () => new RunningCall(call('killed', '--resume')));
  running.push(...resumed);
  let refused = 0;
  for (const each of resumed) void each.ended.then(() => refused++);
  while (refused < 4) await setTimeout(50);
  const [winner] = (await Promise.all(resumed.map((each) => Promise.race([each.ended, setTimeout(200, each)])))).filter(
    (each) => each instanceof RunningCall,
  );
  await winner.said(/^step \d+\//m);
  const { pid: now } = JSON.parse(await readFile(run.at('killed/.heddle.lock'), 'utf8'));
  expect(now).toBe(winner.pid);
  for (const each of resumed.filter((one) => one !== winner)) {
    const { status, stderr } = await each.ended;
    expect(stderr).toContain(`killed: in use by process ${now} on `);
    expect(status).toBe(2);
  }
});

describe('in one process', () => {
  const options = (out: string) => ({ out: run.at(out), backend: nodeBackend() });

  test('two trainings in one folder: the second is refused, the first completes', async () => {
    const recipe = run.recipe();
    const both = await Promise.allSettled([
      trainRecipe(recipe, options('twice')),
      trainRecipe(recipe, options('twice')),
    ]);
    const refused = both.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    expect(refused).toEqual([expect.stringMatching(/twice: in use by this process since /)]);
    expect(await readdir(run.at('twice'))).toContain('eval_results.json');
    expect(await readdir(run.at('twice'))).not.toContain('.heddle.lock');
  });

  test('a training that fails frees its folder, and so does one that is aborted', async () => {
    const recipe = run.recipe();
    const fail = () => {
      throw new Error('broken');
    };
    await expect(trainRecipe(recipe, { ...options('failed'), listener: { updated: fail } })).rejects.toThrow('broken');
    const controller = new AbortController();
    const stop = (step: number) => step === 2 && controller.abort(new Error('enough'));
    const { signal } = controller;
    const aborted = trainRecipe(recipe, { ...options('failed'), overwrite: true, signal, listener: { updated: stop } });
    await expect(aborted).rejects.toThrow('enough');
    expect((await readdir(run.at('failed'))).sort()).toEqual(['checkpoint-2', 'heddle.json', 'metrics.jsonl']);
    const resumed = await trainRecipe(recipe, { ...options('failed'), resume: true });
    expect(resumed.state.global_step).toBe(6);
    await expect(trainRecipe(recipe, { ...options('none'), signal })).rejects.toThrow('enough');
    expect(await readdir(run.folder)).not.toContain('none');
  });

  test('a folder that another run changed between the check and the lock is refused and not touched', async () => {
    const recipe = run.recipe();
    await trainRecipe(recipe, options('raced'));
    await rm(run.at('raced/eval_results.json'));
    const more = run.recipe('generation.num_beams=1');
    /** Said when the data are read, after the check and before the lock. */
    const say = () => writeFileSync(run.at('raced/heddle.json'), '{"task":"another"}');
    await expect(trainRecipe(more, { ...options('raced'), resume: true, say })).rejects.toThrow(
      /raced: another process has changed the run in the meantime; try again$/,
    );
    expect(await readFile(run.at('raced/heddle.json'), 'utf8')).toBe('{"task":"another"}');
    expect(await readdir(run.at('raced'))).not.toContain('.heddle.lock');
  });
});
