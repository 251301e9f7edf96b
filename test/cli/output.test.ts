/** Where results go: full disks, readers that stop reading. One line says what happened, and nothing half-written stays. */
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SmallRun } from '../tasks/small-run.ts';
import { dateSample } from '../tasks/task-sample.ts';
import { fileDigest } from '../train/sequence-task.ts';
import { bin, build, type Outcome } from './heddle.ts';

let run: SmallRun;
beforeAll(async () => {
  await build();
  run = await SmallRun.make(dateSample);
  await writeFile(run.at('many.txt'), '3 May 1998\n'.repeat(3000));
  await run.train('model', ['train.max_steps=1']);
}, 300_000);
afterAll(() => run.remove());

/** A line of bash, in which `heddle` is the command. */
const bash = (line: string): Promise<Outcome> =>
  new Promise((resolve) => {
    const script = `heddle() { "${process.execPath}" "${bin}" "$@"; }; cd "${run.folder}"; ${line}`;
    execFile('bash', ['-c', script], (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
const train = (out: string, ...options: string[]) =>
  `heddle train recipe.yaml --out ${out} --set data.root=data ${options.join(' ')}`;

describe.runIf(process.platform === 'linux')('a full device for stdout', () => {
  test.each(['schema', '--help', '--version', 'score --help', 'predict model < many.txt', 'info model'])(
    'is reported in one line by heddle %s, with status 1',
    async (call) => {
      expect(await bash(`heddle ${call} > /dev/full`)).toEqual({
        status: 1,
        stdout: '',
        stderr: 'heddle: stdout: cannot be written, no space left on the device\n',
      });
    },
  );

  test('for stderr changes nothing', async () => {
    const { status, stdout } = await bash(`${train('unheard')} 2> /dev/full`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^eval_loss /m);
  });
});

describe('a reader that stops reading', () => {
  test('of the output of predict is not an error', async () => {
    const { status, stdout, stderr } = await bash('set -o pipefail; heddle predict model < many.txt | head -n 1');
    expect({ status, lines: stdout.split('\n').length, stderr }).toEqual({ status: 0, lines: 2, stderr: '' });
  });

  test('of the output of train does not end the training', async () => {
    expect(await bash(`${train('alone')} 2> >(head -n 1 > /dev/null)`)).toMatchObject({ status: 0, stderr: '' });
    expect(await readdir(run.at('alone'))).toContain('eval_results.json');
  });
});

describe('a disk that is full', () => {
  test('while a checkpoint is written: the file is named, nothing half-written stays, the run can be resumed', async () => {
    const { status, stderr } = await bash(`(ulimit -f 12; ${train('full', '--set train.save_steps=3')})`);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^heddle: full\/checkpoint-3\/[a-z]+\.safetensors: cannot be written, the file is too large for the file system or a limit of the process$/m,
    );
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect((await readdir(run.at('full'))).sort()).toEqual(['heddle.json', 'metrics.jsonl']);
    expect((await bash(train('full', '--set train.save_steps=3', '--resume'))).status).toBe(0);
    expect((await bash(train('whole', '--set train.save_steps=3'))).status).toBe(0);
    const weights = (out: string) => fileDigest(run.at(out, 'model.safetensors'));
    expect(await weights('full')).toBe(await weights('whole'));
  });

  test('while predict writes its output: the file is named and not there', async () => {
    const { status, stderr } = await bash('ulimit -f 4; heddle predict model --input many.txt --output new/out.txt');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'heddle: new/out.txt: cannot be written, the file is too large for the file system or a limit of the process\n',
    });
    expect(await readdir(run.at('new'))).toEqual([]);
  });
});
