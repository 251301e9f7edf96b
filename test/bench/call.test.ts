import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));

function bench(args: readonly string[], python = ''): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, HEDDLE_BENCH_PYTHON: python };
  return spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
}

test.each([
  { args: ['train-tniy'], says: 'did you mean "train-tiny"?' },
  { args: ['train-tiny', '--rounds', '0'], says: '--rounds must be a whole number of at least 1, got 0' },
  { args: ['epoch'], says: 'epoch needs --data' },
  { args: ['decode-beam5', 'lstm', '--old', '.'], says: '--old needs the names of what to compare, of train-tiny' },
  { args: ['--old', '.'], says: '--old needs the names of what to compare' },
  { args: ['--jsn'], says: "Unknown option '--jsn'" },
])('the bench refuses $args with status 2 and measures nothing', ({ args, says }) => {
  const { status, stdout, stderr } = bench(args);
  expect(stderr).toContain(says);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});

test('a HEDDLE_BENCH_PYTHON that does not run is reported before anything is measured', () => {
  const { status, stdout, stderr } = bench(['train-tiny', '--json'], '/nowhere/python');
  expect(stderr).toMatch(/^HEDDLE_BENCH_PYTHON \/nowhere\/python: does not start: .*ENOENT/);
  expect(stdout).toBe('');
  expect(status).toBe(2);
});

test('one compiled program serves an LSTM of every length, and a row has the time of each', () => {
  const { status, stdout, stderr } = bench(['scan-length', '--rounds', '1', '--json']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ name, programs }) => [name, programs])).toEqual(
    [8, 16, 32, 64, 128].map((time) => [`scan-length-${time}`, 1]),
  );
  for (const { heddle, ms_per_step: perStep, name } of rows) {
    expect(perStep).toBeCloseTo(heddle / Number(name.split('-')[2]), 6);
  }
}, 60_000);
