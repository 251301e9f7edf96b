/** Ctrl-C and SIGTERM: what is begun is finished or undone, and a training goes on as if it had not been stopped. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SmallRun } from '../tasks/small-run.ts';
import { dateSample } from '../tasks/task-sample.ts';
import { fileDigest } from '../train/sequence-task.ts';
import { bin, build, heddle } from './heddle.ts';
import { RunningCall } from './running.ts';

let run: SmallRun;
beforeAll(async () => {
  await build();
  run = await SmallRun.make(dateSample);
}, 300_000);
afterAll(() => run.remove());

/** Enough that a signal after the third update comes before the last on a machine that is busy. */
const steps = 100;
const usual = {
  'data.root': () => run.at('data'),
  'train.max_steps': () => steps,
  'train.eval_steps': () => 25,
  'train.save_steps': () => 60,
  'train.logging_steps': () => 1,
};
/** A training with the usual settings, but for those that are given. */
const call = (out: string, ...settings: string[]) => {
  const others = Object.entries(usual).filter(([path]) => !settings.some((setting) => setting.startsWith(`${path}=`)));
  const all = [...others.map(([path, value]) => `${path}=${value()}`), ...settings];
  return ['train', run.at('recipe.yaml'), '--out', run.at(out), ...all.flatMap((setting) => ['--set', setting])];
};
const unfinished = (files: readonly string[]) => files.filter((name) => name.includes('.tmp') || name.includes('lock'));
const digests = (out: string) =>
  Promise.all(
    ['model.safetensors', `checkpoint-${steps}/model.safetensors`, `checkpoint-${steps}/optimizer.safetensors`].map(
      (name) => fileDigest(run.at(out, name)),
    ),
  );
const scores = async (out: string) => {
  const {
    eval_runtime: _,
    test_runtime: _test,
    train_runtime: _seconds,
    ...rest
  } = await run.json(out, 'eval_results.json');
  return rest;
};

describe('a training', () => {
  beforeAll(async () => void (await heddle(call('whole'))));

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'at %s saves, says how to resume, exits with %d, and gives the bytes of an undisturbed run when resumed',
    async (signal, status) => {
      const training = new RunningCall(call(signal));
      await training.said(/^step 3\//m);
      training.send(signal);
      const ended = await training.ended;
      expect(ended).toMatchObject({ status, stdout: '' });
      const [, step] = /^stopped after update (\d+) of 100; a checkpoint is saved$/m.exec(ended.stderr) ?? [];
      expect(Number(step)).toBeLessThan(steps);
      expect(ended.stderr).not.toMatch(/heddle: |^ {4}at /m);
      const files = await readdir(run.at(signal));
      expect(files).toContain(`checkpoint-${step}`);
      expect(unfinished(files)).toEqual([]);
      expect(files).not.toContain('eval_results.json');
      const [, resume] = /^to resume: heddle (.*)$/m.exec(ended.stderr) ?? [];
      const resumed = await heddle(resume.split(' '));
      expect(resumed.status).toBe(0);
      expect(resumed.stderr).toMatch(new RegExp(`^resuming after update ${step}$`, 'm'));
      expect(await digests(signal)).toEqual(await digests('whole'));
      expect(await scores(signal)).toEqual(await scores('whole'));
      const [log, wanted] = await Promise.all(
        [signal, 'whole'].map(async (out) =>
          (await readFile(run.at(out, 'metrics.jsonl'), 'utf8')).replaceAll(/"tokens_per_second":\d+/g, ''),
        ),
      );
      expect(log).toBe(wanted);
    },
  );

  test('stops at once at a second signal, even during an evaluation, and nothing half-written stays', async () => {
    const long = ['generation.max_new_tokens=60', 'train.predict_with_generate=true', 'train.generation_num_beams=30'];
    const all = '{ source: train.source, target: train.target }';
    const training = new RunningCall(call('twice', `data.validation=${all}`, 'train.eval_steps=1', ...long));
    await training.said(/^step 1\//m);
    training.send('SIGINT');
    await training.said(/^stopping after this update/m);
    const again = setInterval(() => training.send('SIGINT'), 250);
    const { status, stderr } = await training.ended;
    clearInterval(again);
    expect(status).toBe(130);
    expect(stderr).not.toMatch(/^stopped after/m);
    const files = await readdir(run.at('twice'));
    expect(files.sort()).toEqual(['heddle.json', 'metrics.jsonl']);
  });

  test('counts a signal that arrives twice at once as one, because npx passes on what its terminal sends', async () => {
    const training = new RunningCall(call('doubled'));
    await training.said(/^step 3\//m);
    // Of two equal signals that wait the system delivers one.
    training.send('SIGINT');
    training.send('SIGTERM');
    const { status, stderr } = await training.ended;
    expect([130, 143]).toContain(status);
    expect(stderr).toMatch(/^stopped after update \d+ of 100; a checkpoint is saved$/m);
  });

  test('counts a signal that arrived in time as the first one, even if it was too busy to handle it', async () => {
    const script = `import { stopAtSignal } from '${pathToFileURL(join(bin, '../interruption.js'))}';
      const say = () => { console.log('goes on'); process.exit(0); };
      stopAtSignal(() => {
        process.kill(process.pid, 'SIGINT');
        for (const end = Date.now() + 500; Date.now() < end; );
        setTimeout(say, 100);
      });
      setTimeout(() => undefined, 60_000);
      process.kill(process.pid, 'SIGINT');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toBe('goes on\n');
  });

  test('stops at once while the final weights are scored; when resumed, it scores them', async () => {
    const long = ['generation.num_beams=24', 'generation.max_new_tokens=60'];
    const training = new RunningCall(call('unscored', 'train.max_steps=2', ...long));
    await training.said(/^scoring the final weights/m);
    training.send('SIGINT');
    const { status, stderr } = await training.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(
      /^stopped after the last update: the model is saved and has no scores yet\nto score it: heddle /m,
    );
    expect(unfinished(await readdir(run.at('unscored')))).toEqual([]);
    const resumed = await heddle([...call('unscored', 'train.max_steps=2', 'generation.num_beams=1'), '--resume']);
    expect(resumed.stdout).toMatch(/^eval_loss /m);
  });

  test('ends by the signal before its first update, and nothing is written', async () => {
    await writeFile(run.at('slow.source'), '3 May 1998 4 June 1234\n'.repeat(30_000));
    await writeFile(run.at('slow.target'), '1998-05-03\n'.repeat(30_000));
    const training = new RunningCall(call('early', 'data.train={ source: ../slow.source, target: ../slow.target }'));
    await setTimeout(500);
    training.send('SIGTERM');
    const { status, signal, stderr } = await training.ended;
    expect([status ?? signal, stderr]).toEqual(['SIGTERM', '']);
    expect(await readdir(run.folder)).not.toContain('early');
  });
});

describe('other verbs', () => {
  test('the laboratory ends with 130, without a stack, and keeps what is done', async () => {
    const lab = new RunningCall(['lab', 'gradient-distance', '--out', run.at('lab'), '--seeds', '1']);
    while (!(await readdir(run.at('lab')).catch((): string[] => [])).includes('.heddle.lock')) await setTimeout(20);
    lab.send('SIGINT');
    const { status, stderr } = await lab.ended;
    expect(status).toBe(130);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(unfinished(await readdir(run.at('lab')))).toEqual([]);
  });

  test('predict leaves no half-written output', async () => {
    await heddle(call('model', 'train.max_steps=1'));
    await writeFile(run.at('long.txt'), '3 May 1998\n'.repeat(20_000));
    const output = run.at('out', 'long.txt');
    const predicting = new RunningCall(['predict', run.at('model'), '--input', run.at('long.txt'), '--output', output]);
    while ((await readdir(join(output, '..')).catch(() => [])).length === 0) {
      await setTimeout(20);
    }
    predicting.send('SIGINT');
    expect(await predicting.ended).toMatchObject({ status: 130, stderr: '' });
    expect(await readdir(join(output, '..'))).toEqual([]);
  });
});
