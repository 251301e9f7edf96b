/** A training whose weights diverge, and an evaluation of such weights, say so in every task. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import { SmallRun } from './small-run.ts';
import { taskSamples } from './task-sample.ts';

/** They leave weights that are finite but too large, or not finite any more. */
const rates = [1e12, 1e18, 1e36] as const;

/** Tasks that can be scored on texts that the model generates. */
const writing: ReadonlySet<string> = new Set(['translation', 'summarization', 'text2text-generation']);

/** Sets every number of a model to 1.2e30, which is finite. */
async function spoil(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill(0x71, 8 + Number(bytes.readBigUInt64LE(0)));
  await writeFile(file, bytes);
}

describe.each(taskSamples)('$task', (sample) => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
  });
  afterAll(() => run.remove());

  const sets = new Map<string, () => readonly string[]>([
    ['a test set alone', () => run.unvalidated],
    ['a validation set', () => []],
  ]);
  if (writing.has(sample.task)) sets.set('scores of generated texts', () => ['train.predict_with_generate=true']);

  describe.each([...sets])('with %s', (set, chosen) => {
    test.each(rates)('a training that diverges with a learning rate of %d says so', async (rate) => {
      const settings = ['train.warmup_steps=0', 'train.max_steps=1', ...chosen()];
      await expect(run.train(`${set}-${rate}`, [`train.learning_rate=${rate}`, ...settings])).rejects.toThrow(
        /^train: .* must be finite, got (NaN|-?Infinity) .*; a lower learning_rate or a max_grad_norm helps$/,
      );
    });
  });

  test('an evaluation of weights that are too large says so', async () => {
    await run.train('spoilt', ['train.max_steps=1']);
    await spoil(run.at('spoilt', 'model.safetensors'));
    const [first, ...others] = sample.test.map((file) => run.at('data', file));
    await expect(evaluateFiles(run.at('spoilt'), { data: [first!, ...others], settings: [] })).rejects.toThrow(
      /^evaluate: eval_loss must be finite, got (NaN|Infinity) since the weights are not finite/,
    );
  });
});
