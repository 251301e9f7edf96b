import { expect, test } from 'vitest';
import { input } from '../../../src/graph/index.ts';
import { nodeRandomBytes } from '../../../src/train/random/random-bytes-node.ts';
import { Preparation } from '../../../src/train/update/preparation.ts';

/** Every batch of 32 rows, an epoch of many. */
function source() {
  let batch = 0;
  const part = {
    feeds: { x: { type: 'float32', shape: [16], data: new Float32Array(16) } as const },
    counts: {},
    tokens: 16,
  };
  return {
    get position() {
      return { epoch: 0, batch };
    },
    batchesInEpoch: 1000,
    next() {
      batch++;
      return [part, part];
    },
  };
}

test('every shard of every batch of every update has random numbers of its own', async () => {
  const preparation = new Preparation({
    source: source(),
    randomBytes: nodeRandomBytes(1),
    accumulationSteps: 3,
    shards: 2,
    inputs: new Map([['x', input('x', ['rows'])]]),
    randoms: new Map([['mask', input('mask', ['rows'])]]),
  });
  const drawn: string[] = [];
  for (const update of [1, 2, 3]) {
    const { batches } = await preparation.make(update);
    for (const { mask } of batches.flat()) drawn.push(Buffer.from((mask as { data: Uint8Array }).data).toString('hex'));
  }
  expect(drawn.length).toBe(18);
  expect(new Set(drawn).size).toBe(18);
});

test('what is drawn differs between inputs, batches and updates, and is the same in a resumed training', async () => {
  const tensor = input('blocks', ['rows'], 'int32');
  const draw = (below: (bound: number) => number, [count = 0]: readonly number[]) =>
    Int32Array.from({ length: count }, () => below(1000));
  const preparation = () =>
    new Preparation({
      source: source(),
      randomBytes: nodeRandomBytes(1),
      accumulationSteps: 2,
      shards: 1,
      inputs: new Map([['x', input('x', ['rows'])]]),
      randoms: new Map(),
      draws: new Map([
        ['first', { tensor, draw }],
        ['second', { tensor, draw }],
      ]),
    });
  const numbers = async (from: Preparation, update: number) => {
    const { batches } = await from.make(update);
    return batches
      .flat()
      .flatMap(({ first, second }) => [first, second].map((one) => String((one as { data: Int32Array }).data)));
  };
  const whole = preparation();
  const [first, second] = [await numbers(whole, 1), await numbers(whole, 2)];
  expect(new Set([...first, ...second]).size).toBe(first.length + second.length);
  expect(first.length).toBeGreaterThan(3);
  expect(await numbers(preparation(), 2)).toEqual(second);
});
