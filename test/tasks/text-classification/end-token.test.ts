/** Classifiers that read the vector of a text's end token: T5's and BART's. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pipeline } from '../../../src/tasks/index.ts';
import { SmallRun } from '../small-run.ts';
import { feelingLines } from '../task-sample.ts';
import { writeTinyT5 } from '../tiny-t5.ts';

const sample = {
  recipe: `task: text-classification
data: { train: { file: train.tsv } }
model: { model_name_or_path: base }
train: { max_steps: 1, per_device_train_batch_size: 8, max_length: 32 }
`,
  files: { 'train.tsv': feelingLines(40, 1).join('\n') },
};

const message =
  /: expected a tokenizer that ends texts with token 1, the model's eos_token_id, whose vector the classifier reads, got one that does not add it$/;

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(sample);
  await writeTinyT5(run.at('base'));
});
afterAll(() => run.remove());

/** Lets a folder's tokenizer add nothing. */
async function withoutEnd(folder: string): Promise<void> {
  const file = run.at(folder, 'tokenizer.json');
  const { post_processor: _, ...kept } = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(kept));
}

test('are trained and used with a tokenizer that adds it, and refused with one that does not', async () => {
  const from = (folder: string) => [`model.model_name_or_path=${run.at(folder)}`];
  await run.train('out', from('base'));
  const classify = await pipeline('text-classification', run.at('out'));
  expect(await classify(['미세먼지 농도'])).toHaveLength(1);
  await classify.dispose();
  await withoutEnd('out');
  await expect(pipeline('text-classification', run.at('out'))).rejects.toThrow(message);
  await withoutEnd('base');
  await expect(run.train('refused', from('base'))).rejects.toThrow(message);
});
