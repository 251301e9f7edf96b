/** A run of any task that is killed goes on as if it had not been. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SmallRun } from '../tasks/small-run.ts';
import { taskSamples } from '../tasks/task-sample.ts';
import { fileDigest } from '../train/sequence-task.ts';
import { bin, build, heddle } from './heddle.ts';

beforeAll(build, 300_000);

describe.each(taskSamples)('$task', (sample) => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
  });
  afterAll(() => run.remove());

  /** Enough updates to be killed among them. */
  const call = (out: string) => [
    'train',
    run.at('recipe.yaml'),
    '--out',
    run.at(out),
    ...['--set', `data.root=${run.at('data')}`],
    ...['max_steps=60', 'eval_steps=60', 'lr_scheduler_type=constant', 'warmup_steps=0'].flatMap((setting) => [
      '--set',
      `train.${setting}`,
    ]),
  ];
  const digests = (out: string) =>
    Promise.all(['model', 'optimizer'].map((name) => fileDigest(run.at(out, `checkpoint-60/${name}.safetensors`))));

  test('killed midway and resumed, it ends with the bytes of an uninterrupted run', async () => {
    const child = spawn(process.execPath, [bin, ...call('killed')], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const checkpoints = async () =>
      (await readdir(run.at('killed')).catch(() => [])).filter((name) => /^check/.test(name));
    while ((await checkpoints()).length === 0 && child.exitCode === null) await setTimeout(5);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await readdir(run.at('killed'))).not.toContain('eval_results.json');
    expect((await heddle([...call('killed'), '--resume'])).stderr).toMatch(/^resuming after update \d+$/m);
    expect((await heddle(call('whole'))).status).toBe(0);
    expect(await digests('killed')).toEqual(await digests('whole'));
  });
});
