/** The command line on ONNX Runtime in WebAssembly, as where the native engine is not installed. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SmallRun } from '../tasks/small-run.ts';
import { taskSamples } from '../tasks/task-sample.ts';
import { build, heddle } from './heddle.ts';

/** A text whose fractions are given to three places: engines sum in different orders. */
const rounded = (text: string): string =>
  text.replace(/-?\d+\.\d+(e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(3))));

beforeAll(() => build(), 300_000);

describe.each(taskSamples)('$task in WebAssembly', (sample) => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
  });
  afterAll(() => run.remove());

  test('trains a model that predicts as the native engine does, without a warning', async () => {
    const { folder: cwd } = run;
    const lines = sample.lines.join('\n');
    vi.stubEnv('HEDDLE_ENGINE', 'wasm');
    const trained = await heddle(['train', 'recipe.yaml', '--out', 'run', '--set', 'data.root=data'], { cwd });
    expect(trained.stderr).not.toContain('Warning');
    expect(trained).toMatchObject({ status: 0 });
    const predicted = await heddle(['predict', 'run'], { cwd, input: lines });
    vi.unstubAllEnvs();
    const native = await heddle(['predict', 'run'], { cwd, input: lines });
    expect(rounded(predicted.stdout)).toBe(rounded(native.stdout));
    expect(predicted.stderr).toBe(native.stderr);
    expect(predicted).toMatchObject({ status: 0, stderr: '' });
  }, 120_000);
});
