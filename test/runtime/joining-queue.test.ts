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
              ran.get(lane)!.push(`+${more.map(({ name }) => name).join(' ')}`);
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
    expect(ran.get('lane')).toEqual(['a b', '+c']);
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
    expect(ran.get('lane')).toEqual(['a', '+', 'x', '+']);
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
    expect(ran.get('lane')).toEqual(['a', '+', 'b']);
  });

  test('ends after 1,024 items have joined, however many come', async () => {
    const { queue, ran, asked } = takingQueue(['lane']);
    const calls = [queue.submit([row('first')])];
    await settle();
    for (let i = 0; i < 1030; i++) {
      calls.push(queue.submit([row('more')]));
      asked.get('lane')!.take();
    }
    const taken = ran.get('lane')!.map((names) => names.replace('+', '').split(' ').filter(Boolean).length);
    expect(taken.reduce((total, count) => total + count)).toBe(1 + 1024);
    for (let i = 0; i < 4; i++) {
      asked.get('lane')!.end();
      await settle();
    }
    expect((await Promise.all(calls)).flat()).toEqual(['FIRST', ...new Array(1030).fill('MORE')]);
  });

  const submitted = (queue: { submit(rows: Row[]): Promise<string[]> }, names: string, largest = 9) =>
    queue.submit([...names].map((name, at) => row(name, largest - at)));

  /** Ends the batches of all lanes until every call has its results. */
  async function endAll(asked: ReadonlyMap<string, { end(): void }>, calls: readonly Promise<unknown>[]) {
    let areDone = false;
    const done = Promise.allSettled(calls).then(() => {
      areDone = true;
    });
    while (!areDone) {
      await settle();
      for (const lane of asked.values()) lane.end();
    }
    await done;
  }

  test('runs the same batches every time, whichever lane is faster', async () => {
    for (const faster of ['one', 'two']) {
      const { queue, ran, asked } = takingQueue(['one', 'two']);
      const done = submitted(queue, 'abcdefgh');
      await settle();
      for (const lane of [faster, faster, 'one', 'two', 'one', 'two']) {
        asked.get(lane)!.take();
        asked.get(lane)!.end();
        await settle();
      }
      expect(await done).toEqual([...'ABCDEFGH']);
      const all = [...ran.values()].flat();
      expect(all.filter((names) => !names.startsWith('+')).sort()).toEqual(['a b', 'c d', 'e f', 'g h']);
      // Few wait, and none of them joins.
      expect(new Set(all.filter((names) => names.startsWith('+')))).toEqual(new Set(['+']));
    }
  });

  test('has as many batches as the others, of equal numbers but for one item', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two'], 4);
    await endAll(asked, [submitted(queue, '012345678')]);
    expect([...ran.values()]).toEqual([
      ['0 1 2', '5 6'],
      ['3 4', '7 8'],
    ]);
  });

  test('takes part only if there are enough items for it', async () => {
    const { queue, ran, asked } = takingQueue(['a', 'b', 'c'], 8, 2);
    await endAll(asked, [submitted(queue, '12345')]);
    expect([...ran]).toEqual([
      ['a', ['1 2 3']],
      ['b', ['4 5']],
    ]);
  });

  test('runs all that wait, once each, however large a batch', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two'], 2000);
    const names = Array.from({ length: 4400 }, (_, at) => `${at}`);
    await endAll(asked, [queue.submit(names.map((name) => row(name)))]);
    const all = [...ran.values()].flat().flatMap((batch) => batch.split(' '));
    expect(all.sort()).toEqual(names.sort());
  });

  test('runs the batch of a small call second, however many others wait, with like sizes', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two'], 2, 4);
    await endAll(asked, [submitted(queue, 'abcdef'), queue.submit([row('small', 4.5)])]);
    expect([...ran.values()].map(([first]) => first)).toEqual(['a b', 'small e']);
  });

  test('puts waiting items into batches with those of a new call', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two'], 2, 9);
    const calls = [submitted(queue, 'abcdef')];
    await settle();
    calls.push(queue.submit([row('x', 7)]));
    await endAll(asked, calls);
    expect([...ran.values()].flat().sort()).toEqual(['a b', 'c d', 'f', 'x e']);
  });

  test('runs full batches after a call of the same tick has ended', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two']);
    const controller = new AbortController();
    const gone = queue.submit(
      [...'ABCDEF'].map((name, at) => row(name, 9 - at)),
      { signal: controller.signal },
    );
    const calls = [gone.catch(() => []), submitted(queue, 'abcdef')];
    await settle();
    controller.abort();
    await endAll(asked, calls);
    const after = [...ran.values()].flatMap(([, ...others]) => others);
    expect(after.map((names) => names.split(' ').length).sort()).toEqual([2, 2]);
  });

  test('takes more items where several keys wait', async () => {
    const { queue, ran, asked } = takingQueue(['one', 'two']);
    const calls = [submitted(queue, 'abc'), queue.submit([row('x', 1, 'other')])];
    await settle();
    asked.get('one')!.take();
    await endAll(asked, calls);
    expect([...ran]).toEqual([
      ['one', ['a b', '+c']],
      ['two', ['x']],
    ]);
  });
});
