import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/runtime/queue/batch-queue.ts';

interface Row {
  readonly size: number;
  readonly key?: string;
  readonly name: string;
}

/** A queue whose batches end when they are let go; it records what ran on which lane. */
function heldQueue(lanes: readonly string[] = ['lane'], mostTokens = 8, leastItems = 1) {
  const ran: string[] = [];
  const held: { end(): void; fail(reason: unknown): void; readonly signal: AbortSignal }[] = [];
  const queue = new BatchQueue<string, Row, string>({
    name: 'the toy',
    lanes,
    fits: (count, size) => count * size <= mostTokens,
    leastShare: () => leastItems,
    run: (lane, rows, signal) =>
      new Promise((resolve, reject) => {
        ran.push(`${lane}: ${rows.map(({ name }) => name).join(' ')}`);
        held.push({ end: () => resolve(rows.map(({ name }) => name.toUpperCase())), fail: reject, signal });
      }),
  });
  return { queue, ran, held };
}

const row = (name: string, size = 1, key?: string): Row => ({ name, size, ...(key !== undefined && { key }) });

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

async function endAll(held: readonly { end(): void }[]): Promise<void> {
  for (let at = 0; at < held.length; at++) {
    held[at].end();
    await settle();
  }
}

describe('batches', () => {
  test('calls of one tick share a batch, and calls that come while it runs share the next', async () => {
    const { queue, ran, held } = heldQueue();
    const first = [queue.submit([row('a')]), queue.submit([row('b'), row('c')])];
    await settle();
    const later = [queue.submit([row('d')]), queue.submit([row('e')])];
    await settle();
    expect(ran).toEqual(['lane: a b c']);
    await endAll(held);
    expect(ran).toEqual(['lane: a b c', 'lane: d e']);
    expect(await Promise.all([...first, ...later])).toEqual([['A'], ['B', 'C'], ['D'], ['E']]);
  });

  test('like sizes run together, the largest first, padding counted', async () => {
    const { queue, ran, held } = heldQueue();
    const done = queue.submit([row('one', 1), row('four', 4), row('uno', 1), row('quattro', 4), row('long', 20)]);
    await settle();
    await endAll(held);
    expect(ran).toEqual(['lane: long', 'lane: four quattro', 'lane: one uno']);
    expect(await done).toEqual(['ONE', 'FOUR', 'UNO', 'QUATTRO', 'LONG']);
  });

  test('items whose longest and shortest do not fit together are in different batches', async () => {
    const ran: number[][] = [];
    const queue = new BatchQueue<null, { readonly size: number }, null>({
      name: 'the toy',
      lanes: [null],
      fits: (_, longest, shortest) => Math.ceil(longest / 4) === Math.ceil(shortest / 4),
      async run(_, items) {
        ran.push(items.map(({ size }) => size));
        return items.map(() => null);
      },
    });
    await queue.submit([1, 9, 5, 4, 8, 5, 12].map((size) => ({ size })));
    expect(ran).toEqual([
      [12, 9],
      [8, 5, 5],
      [4, 1],
    ]);
  });

  test('only items of one key share a batch', async () => {
    const { queue, ran, held } = heldQueue();
    const keys = ['x', 'y', 'x', 'y'];
    const done = Promise.all(keys.map((key, at) => queue.submit([row(`${key}${at}`, 1, key)])));
    await settle();
    await endAll(held);
    expect(ran).toEqual(['lane: x0 x2', 'lane: y1 y3']);
    expect((await done).flat()).toEqual(['X0', 'Y1', 'X2', 'Y3']);
  });

  test('what waits is divided among the lanes that no other key needs', async () => {
    const { queue, ran, held } = heldQueue(['1', '2']);
    const rows = (key: string) => [0, 1, 2, 3].map((at) => row(`${key}${at}`, 1, key));
    const both = [queue.submit(rows('x')), queue.submit(rows('y'))];
    await settle();
    expect(ran).toEqual(['1: x0 x1 x2 x3', '2: y0 y1 y2 y3']);
    await endAll(held);
    const alone = queue.submit(rows('z'));
    await settle();
    expect(ran.slice(2)).toEqual(['1: z0 z1', '2: z2 z3']);
    await endAll(held);
    await Promise.all([...both, alone]);
  });

  test('few items are not divided where a share would be too small', async () => {
    const { queue, ran, held } = heldQueue(['1', '2'], 8, 3);
    for (const count of [5, 7]) {
      const done = queue.submit(Array.from({ length: count }, (_, at) => row(`${count}${at}`)));
      await settle();
      await endAll(held.splice(0));
      await done;
    }
    expect(ran).toEqual(['1: 50 51 52 53 54', '1: 70 71 72 73', '2: 74 75 76']);
  });

  test('a later lane is used only while those before it are busy', async () => {
    const { queue, ran, held } = heldQueue(['1', '2']);
    for (const name of ['a', 'b']) {
      const done = queue.submit([row(name)]);
      await settle();
      await endAll(held);
      await done;
    }
    expect(ran).toEqual(['1: a', '1: b']);
  });

  test('no items make no batch', async () => {
    const { queue, ran } = heldQueue();
    expect(await queue.submit([])).toEqual([]);
    expect(ran).toEqual([]);
  });
});

describe('fairness', () => {
  test('a call of one item waits for the batch in flight and not for a large call that came before it', async () => {
    const { queue, ran, held } = heldQueue();
    const large = queue.submit(Array.from({ length: 1000 }, (_, at) => row(`large${at}`)));
    await settle();
    const small = queue.submit([row('small')]);
    held[0].end();
    await settle();
    expect(ran[1]).toMatch(/^lane: small /);
    held[1].end();
    expect(await small).toEqual(['SMALL']);
    await endAll(held);
    expect(await large).toHaveLength(1000);
  });

  test('a stream of small calls does not hold a large one up', async () => {
    const { queue, ran, held } = heldQueue(['lane'], 1);
    const large = queue.submit(Array.from({ length: 20 }, (_, at) => row(`large${at}`)));
    const small: Promise<string[]>[] = [];
    for (let at = 0; at < 60; at++) {
      small.push(queue.submit([row('small')]), queue.submit([row('small')]));
      await settle();
      held[at].end();
    }
    await settle();
    expect(ran.filter((name) => name.startsWith('lane: large'))).toHaveLength(20);
    expect(await large).toHaveLength(20);
    await endAll(held);
    await Promise.all(small);
  });
});

describe('failures and aborts', () => {
  test('a failing batch fails the calls that have items in it, and no other', async () => {
    const { queue, ran, held } = heldQueue();
    const both = queue.submit([row('long', 8), row('a')]);
    const other = queue.submit([row('b')]);
    const failure = expect(both).rejects.toThrow('the engine is out of memory');
    await settle();
    held[0].fail(new Error('the engine is out of memory'));
    await failure;
    await settle();
    await endAll(held);
    expect(ran).toEqual(['lane: long', 'lane: b']);
    expect(await other).toEqual(['B']);
  });

  test('a run that throws before it returns a promise is a failing batch', async () => {
    const queue = new BatchQueue<number, Row, string>({
      name: 'the toy',
      lanes: [0],
      fits: () => true,
      run: () => {
        throw new RangeError('no memory');
      },
    });
    await expect(queue.submit([row('a')])).rejects.toThrow('no memory');
  });

  test('a batch without a result for each item is refused', async () => {
    const run = () => Promise.resolve([]);
    const queue = new BatchQueue<number, Row, string>({ name: 'the toy', lanes: [0], fits: () => true, run });
    await expect(queue.submit([row('a')])).rejects.toThrow('the toy: expected a result for each of 1, got 0');
  });

  test('the waiting items of an aborted call leave the queue; its reason is the error', async () => {
    const { queue, ran, held } = heldQueue();
    const controller = new AbortController();
    const first = queue.submit([row('a')]);
    await settle();
    const aborted = queue.submit([row('b'), row('c')], { signal: controller.signal });
    const other = queue.submit([row('d')]);
    const reason = new Error('the client is gone');
    const failure = expect(aborted).rejects.toBe(reason);
    controller.abort(reason);
    await failure;
    await endAll(held);
    expect(ran).toEqual(['lane: a', 'lane: d']);
    expect(held.every(({ signal }) => !signal.aborted)).toBe(true);
    expect(await Promise.all([first, other])).toEqual([['A'], ['D']]);
  });

  test('a batch is ended when every item in it is aborted, not before', async () => {
    const { queue, held } = heldQueue();
    const controllers = [new AbortController(), new AbortController()];
    const both = controllers.map(({ signal }, at) => queue.submit([row(`call${at}`)], { signal }));
    const failures = both.map((call) => expect(call).rejects.toThrow('aborted'));
    await settle();
    controllers[0].abort();
    await settle();
    expect(held[0].signal.aborted).toBe(false);
    controllers[1].abort();
    await Promise.all(failures);
    expect(held[0].signal.aborted).toBe(true);
  });

  test('a call with an aborted signal does not enter the queue', async () => {
    const { queue, ran } = heldQueue();
    await expect(queue.submit([row('a')], { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
      'too late',
    );
    await settle();
    expect(ran).toEqual([]);
  });
});

describe('closing', () => {
  test('batches in flight complete, waiting calls are rejected, and new ones are refused', async () => {
    const { queue, ran, held } = heldQueue();
    const inFlight = queue.submit([row('a')]);
    await settle();
    const waiting = queue.submit([row('b')]);
    const refused = expect(waiting).rejects.toThrow('the toy is disposed');
    let isClosed = false;
    const closing = queue.close().then(() => (isClosed = true));
    await refused;
    await expect(queue.submit([row('c')])).rejects.toThrow('the toy is disposed');
    await settle();
    expect(isClosed).toBe(false);
    held[0].end();
    expect(await inFlight).toEqual(['A']);
    await closing;
    await queue.close();
    expect(ran).toEqual(['lane: a']);
  });
});

/** What a call does, and when: it comes after `after` ticks, and may be aborted `aborted` ticks later. */
const calls = fc.array(
  fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }),
    key: fc.constantFrom('x', 'y', undefined),
    after: fc.nat({ max: 5 }),
    aborted: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    fails: fc.constantFrom(false, false, false, true),
  }),
  { maxLength: 20 },
);

test('whatever comes: results in order, batches of one key that fit, lanes one at a time, errors where they belong', async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.integer({ min: 1, max: 3 }), async (given, laneCount) => {
      const busy = new Set<number>();
      const poisoned = new Set<number>();
      const seen = new Set<string>();
      type Item = { call: number; place: number; size: number; key: string | undefined };
      const queue = new BatchQueue<number, Item, string>({
        name: 'the toy',
        lanes: Array.from({ length: laneCount }, (_, lane) => lane),
        fits: (count, size) => count * size <= 60,
        async run(lane, items) {
          expect(busy.has(lane)).toBe(false);
          busy.add(lane);
          expect(new Set(items.map(({ key }) => key)).size).toBe(1);
          if (items.length > 1) {
            expect(items.length * Math.max(...items.map(({ size }) => size))).toBeLessThanOrEqual(60);
          }
          for (const { call, place } of items) {
            expect(seen.has(`${call}/${place}`)).toBe(false);
            seen.add(`${call}/${place}`);
          }
          await new Promise((resolve) => setImmediate(resolve));
          busy.delete(lane);
          if (items.some(({ call }) => given[call].fails)) {
            for (const { call } of items) poisoned.add(call);
            throw new Error('poison');
          }
          return items.map(({ call, place }) => `${call}/${place}`);
        },
      });
      const outcomes = await Promise.allSettled(
        given.map(async ({ sizes, key, after, aborted }, call) => {
          for (let tick = 0; tick < after; tick++) await new Promise((resolve) => setImmediate(resolve));
          const controller = new AbortController();
          const items = sizes.map((size, place) => ({ call, place, size, key }));
          const done = queue.submit(items, { signal: controller.signal });
          if (aborted !== undefined) {
            done.catch(() => undefined);
            for (let tick = 0; tick < aborted; tick++) await new Promise((resolve) => setImmediate(resolve));
            controller.abort(new Error('aborted'));
          }
          return done;
        }),
      );
      await queue.close();
      outcomes.forEach((outcome, call) => {
        const { sizes, aborted } = given[call];
        if (outcome.status === 'fulfilled') {
          expect(outcome.value).toEqual(sizes.map((_, place) => `${call}/${place}`));
        } else if (outcome.reason.message === 'aborted') expect(aborted).toBeDefined();
        else {
          expect(outcome.reason.message).toBe('poison');
          expect(poisoned.has(call)).toBe(true);
        }
        if (aborted === undefined && !poisoned.has(call)) expect(outcome.status).toBe('fulfilled');
      });
    }),
    { numRuns: 200 },
  );
});

test('calls that came together are all begun before any of them has its second item run', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }), async (lengths) => {
      const order: number[] = [];
      const queue = new BatchQueue<number, { size: number; call: number }, number>({
        name: 'the toy',
        lanes: [0],
        fits: (count) => count <= 2,
        run: async (_, items) => {
          order.push(...items.map(({ call }) => call));
          return items.map(({ call }) => call);
        },
      });
      await Promise.all(lengths.map((length, call) => queue.submit(Array.from({ length }, () => ({ size: 1, call })))));
      // All came at once, so each call has had its first item served within the first of every call's items.
      const firsts = lengths.map((_, call) => order.indexOf(call));
      expect(Math.max(...firsts)).toBeLessThan(lengths.length);
    }),
    { numRuns: 100 },
  );
});
