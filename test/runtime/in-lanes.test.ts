import { expect, test } from 'vitest';
import { inLanes } from '../../src/runtime/queue/in-lanes.ts';

/** Lets every lane that can go on do so. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

test('lanes work in parallel, each on the next item when it is free', async () => {
  const taken: string[] = [];
  let atWork = 0;
  let most = 0;
  await inLanes(['slow', 'quick'], [1, 2, 3, 4, 5], async (item, lane) => {
    taken.push(`${lane} ${item}`);
    most = Math.max(most, ++atWork);
    await (lane === 'slow' ? new Promise((resolve) => setTimeout(resolve, 100)) : pause());
    atWork--;
  });
  expect(taken).toEqual(['slow 1', 'quick 2', 'quick 3', 'quick 4', 'quick 5']);
  expect(most).toBe(2);
});

test('a failure is reported when all lanes have ended, and no further item is started', async () => {
  const ended: number[] = [];
  const working = inLanes([0, 1], [1, 2, 3, 4, 5, 6], async (item, lane) => {
    if (item === 2) throw new Error('item 2 failed');
    await pause();
    ended.push(item);
    if (lane === 1) throw new Error('not reached');
  });
  await expect(working).rejects.toThrow('item 2 failed');
  expect(ended).toEqual([1]);
});

test('more lanes than items, and no items, are fine', async () => {
  const done: number[] = [];
  const work = async (item: number) => void done.push(item);
  await inLanes([0, 1, 2], [7], work);
  await inLanes([0, 1, 2], [], work);
  expect(done).toEqual([7]);
});
