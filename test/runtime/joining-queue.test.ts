/** Items that join a batch that runs. */
import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/runtime/queue/batch-queue.ts';

interface Row {
  readonly size: number;
  readonly key?: string;
  readonly name: string;
}

const row = (name: string, size = 1, key?: string): Row => ({ name, size, ...(key !== undefined && { key }) });

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('a lane that takes more items while it runs', () => {
  /** A queue whose lanes take what waits, if it is at most two items, whenever they are asked to. */
  function takingQueue(lanes: readonly string[], mostItems = 2, leastItems = 1) {
    const ran = new Map<string, string[]>();
    const asked = new Map<string, { take(): void; end(): void; fail(reason: unknown): void }>();
    const queue = new BatchQueue<string, Row, string>({
      name: 'the toy',
      lanes,
      cutsAhead: true,
      leastShare: () => leastItems,
      fits: (count) => count <= mostItems,
      run: (lane, rows, _, takeFew) =>
        new Promise((resolve, reject) => {
          const all = [...rows];
          const record = (names: readonly Row[]) =>
            ran.set(lane, [...(ran.get(lane) ?? []), names.map(({ name }) => name).join(' ')]);
          record(rows);
          asked.set(lane, {
            take() {
              const more = takeFew(2);
              all.push(...more);
              record(more);
            },
            end: () => resolve(all.map(({ name }) => name.toUpperCase())),
            fail: reject,
          });
        }),
    });
    return { queue, ran, asked };
  }

  test('gets a few that wait, whose results go to their calls', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const first = queue.submit([row('a'), row('b')]);
    await settle();
    const later = queue.submit([row('c')]);
    await settle();
    asked.get('lane')!.take();
    asked.get('lane')!.end();
    expect(await first).toEqual(['A', 'B']);
    expect(await later).toEqual(['C']);
    expect(ran.get('lane')).toEqual(['a b', 'c']);
  });

  test('gets none if many wait, or if another key is next', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const calls = [queue.submit([row('a')])];
    await settle();
    calls.push(queue.submit([row('x', 1, 'other')]));
    await settle();
    calls.push(queue.submit([row('b')]));
    await settle();
    asked.get('lane')!.take();
    asked.get('lane')!.end();
    await settle();
    calls.push(queue.submit([row('y', 1, 'other'), row('z', 1, 'other'), row('w', 1, 'other')]));
    await settle();
    asked.get('lane')!.take();
    expect(ran.get('lane')).toEqual(['a', '', 'x', '']);
    for (let i = 0; i < 4; i++) {
      asked.get('lane')!.end();
      await settle();
    }
    expect((await Promise.all(calls)).flat()).toEqual(['A', 'X', 'B', 'Y', 'Z', 'W']);
  });

  test('gets none once nobody waits for its batch, so that no call fails with the reason of another', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const controller = new AbortController();
    const gone = queue.submit([row('a')], { signal: controller.signal });
    await settle();
    const other = queue.submit([row('b')]);
    const reason = new Error('the client is gone');
    const failure = expect(gone).rejects.toBe(reason);
    controller.abort(reason);
    asked.get('lane')!.take();
    asked.get('lane')!.fail(reason);
    await failure;
    await settle();
    asked.get('lane')!.end();
    expect(await other).toEqual(['B']);
    expect(ran.get('lane')).toEqual(['a', '', 'b']);
  });

  test('ends after 1,024 items have joined, however many come', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const calls = [queue.submit([row('first')])];
    await settle();
    for (let i = 0; i < 1030; i++) {
      calls.push(queue.submit([row('more')]));
      asked.get('lane')!.take();
    }
    const taken = ran.get('lane')!.map((names) => names.split(' ').filter(Boolean).length);
    expect(taken.reduce((total, count) => total + count)).toBe(1 + 1024);
    for (let i = 0; i < 4; i++) {
      asked.get('lane')!.end();
      await settle();
    }
    expect((await Promise.all(calls)).flat()).toEqual(['FIRST', ...new Array(1030).fill('MORE')]);
  });

  test('runs the same batches every time, whichever lane is faster', async () => {
    for (const faster of ['one', 'two']) {
      const { queue, ran, asked } = takingQueue(['one', 'two']);
      const done = queue.submit([...'abcdefgh'].map((name, at) => row(name, 8 - at)));
      await settle();
      for (const lane of [faster, faster, 'one', 'two', 'one', 'two']) {
        // None of the others joins, though few wait.
        asked.get(lane)!.take();
        asked.get(lane)!.end();
        await settle();
      }
      expect(await done).toEqual([...'ABCDEFGH']);
      expect([...ran.values()].flat().filter(Boolean).sort()).toEqual(['a b', 'c d', 'e f', 'g h']);
    }
  });

  test('has as many batches as the others, of equal numbers', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two'], 4);
    const done = queue.submit(Array.from({ length: 9 }, (_, at) => row(`${at}`, 9 - at)));
    for (let i = 0; i < 3; i++) {
      await settle();
      for (const lane of asked.values()) lane.end();
    }
    await done;
    expect([...ran.values()]).toEqual([['0 1 2', '6 7 8'], ['3 4 5']]);
  });

  test('takes part only if there are enough items for it', async () => {
    const { queue, ran, asked } = takingQueue(['a', 'b', 'c'], 8, 2);
    const done = queue.submit([1, 2, 3, 4, 5].map((at) => row(String(at))));
    await settle();
    for (const lane of asked.values()) lane.end();
    await done;
    expect([...ran]).toEqual([
      ['a', ['1 2 3']],
      ['b', ['4 5']],
    ]);
  });

  test('runs the batch of a small call second, however many others wait', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const calls = [queue.submit([...'abcdef'].map((name, at) => row(name, 9 - at))), queue.submit([row('small', 1)])];
    for (let i = 0; i < 5; i++) {
      await settle();
      asked.get('lane')!.end();
    }
    await Promise.all(calls);
    expect(ran.get('lane')).toEqual(['a b', 'small', 'c d', 'e f']);
  });

  test('leaves items that were cut into batches to a batch with those of a new call', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const calls = [queue.submit([...'abcdef'].map((name, at) => row(name, 9 - at)))];
    await settle();
    calls.push(queue.submit([row('x', 7)]));
    for (let i = 0; i < 5; i++) {
      await settle();
      asked.get('lane')!.end();
    }
    await Promise.all(calls);
    expect(ran.get('lane')).toEqual(['a b', 'x c', 'd e', 'f']);
  });
});
