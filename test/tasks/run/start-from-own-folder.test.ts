import { describe, expect, it } from 'vitest';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { loadModel } from '../../../src/models/folder/load.ts';
import { SmallRun } from '../small-run.ts';
import { taskSamples } from '../task-sample.ts';

/** The largest difference of two models' weights, which have the same names. */
async function difference(a: string, b: string): Promise<number> {
  const [one, other] = [await loadModel(diskFolder(a)), await loadModel(diskFolder(b))];
  expect([...other.parameters.keys()]).toEqual([...one.parameters.keys()]);
  return Math.max(
    ...[...one.parameters].map(([name, numbers]) => {
      const same = other.parameters.get(name);
      return numbers.reduce((most, x, i) => Math.max(most, Math.abs(x - Number(same?.[i]))), 0);
    }),
  );
}

describe.each(taskSamples)('a run of $task from a folder that Heddle trained', (sample) => {
  it('begins with its weights, and has its tokenizer and labels', async () => {
    const run = await SmallRun.make(sample);
    try {
      await run.train('first');
      const given = /^tokenizer:/m.test(sample.recipe) ? ['tokenizer=null'] : [];
      const started = [`model={ model_name_or_path: ${run.at('first')} }`, ...given];
      const notes: string[] = [];
      const still = [...started, 'train.learning_rate=1e-30', 'train.max_steps=1', 'train.warmup_steps=0'];
      await run.train('second', still, { say: (line) => notes.push(line) });
      expect(await difference(run.at('first'), run.at('second'))).toBeLessThan(1e-12);
      expect(notes.filter((line) => line.startsWith(run.at('first')))).toEqual([]);
      const { config } = await loadModel(diskFolder(run.at('first')));
      expect((await loadModel(diskFolder(run.at('second')))).config).toEqual(config);
    } finally {
      await run.remove();
    }
  });
});
