/** What a batch of pairs must hold, so that there is something to compare. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SmallRun, unvalidated } from '../small-run.ts';
import { togetherSample } from '../task-sample.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(togetherSample);
});
afterAll(() => run.remove());

const short = [...unvalidated, 'data.test=null', 'train.max_steps=1'];
const notesOf = async (out: string, settings: string[]) => {
  const notes: string[] = [];
  await run.train(out, [...short, ...settings], { say: (note) => void notes.push(note) });
  return notes;
};

test('a training whose batches have one pair each is refused, because its loss is 0', async () => {
  await expect(notesOf('single', ['train.per_device_train_batch_size=1'])).rejects.toThrow(
    /^train: expected batches with several pairs that do not mean the same, .*, got none; raise per_device_train_batch_size or max_tokens_per_batch$/,
  );
  await run.write('data/same.csv', 'text,label\none,a\ntwo,a\nthree,a\nfour,b\n');
  const same = 'data.train={ file: same.csv, columns: { text: text, label: label } }';
  await expect(notesOf('same', [same])).rejects.toThrow(/that do not mean the same/);
});

test('batches of one pair beside others are counted', async () => {
  await run.write('data/three.csv', 'long,short\none,1\ntwo,2\nthree,3\n');
  const settings = ['data.train.file=three.csv', 'train.per_device_train_batch_size=2'];
  expect(await notesOf('three', settings)).toContain(
    'train: 1 of 2 batches in the first epoch have no pairs to tell apart and teach nothing',
  );
});
