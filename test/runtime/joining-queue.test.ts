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
  function takingQueue(lanes: readonly string[]) {
    const ran = new Map<string, string[]>();
    const asked = new Map<string, { take(): void; end(): void }>();
    const queue = new BatchQueue<string, Row, string>({
      name: 'the toy',
      lanes,
      dealsOut: true,
      fits: (count) => count <= 2,
      run: (lane, rows, _, takeFew) =>
        new Promise((resolve) => {
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

  test('runs the same items every time, whichever lane is faster', async () => {
    for (const faster of ['one', 'two']) {
      const { queue, ran, asked } = takingQueue(['one', 'two']);
      const done = queue.submit([...'abcdefg'].map((name) => row(name)));
      await settle();
      asked.get(faster)!.end();
      await settle();
      asked.get(faster)!.take();
      for (let i = 0; i < 4; i++) {
        for (const { end } of asked.values()) end();
        await settle();
      }
      expect(await done).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
      const of = (lane: string) => ran.get(lane)!.join(' ').trim();
      expect([of('one'), of('two')]).toEqual(['a c e g', 'b d f']);
    }
  });
});
