/** An updater whose parameters stay in the engine: its calls take turns, and it refuses what it cannot do. */
import { describe, expect, test } from 'vitest';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import { trainerGroup } from '../../../src/train/optimizers/parameter-group.ts';
import { KeptUpdater } from '../../../src/train/update/kept-updater.ts';
import { observedBackend } from '../../runtime/observed-backend.ts';
import { batchOf, copyOf, partsOf } from './tiny-updater.ts';

const batches = [batchOf(0, 20), batchOf(20, 48)];
const rate = 1e-2;

describe('the calls of a kept updater', () => {
  test('take turns: made all at once, they do what they do one after the other', async () => {
    const alone = partsOf(batches, {});
    const first = await KeptUpdater.make(alone);
    const expected = [await first.run(1, rate), await first.run(2, rate)].map(({ loss }) => loss);
    await first.read();
    await first.run(3, rate);
    await first.dispose();
    expect(expected[1]).not.toBe(expected[0]);

    const parts = partsOf(batches, {});
    const before = copyOf(parts.state.weights);
    const second = await KeptUpdater.make(parts);
    const runs = [second.run(1, rate), second.run(2, rate)];
    const read = second.read();
    const ended = Promise.all([second.run(3, rate), second.dispose()]);
    const losses = await Promise.all(runs);
    await read;
    await ended;
    expect(losses.map(({ loss }) => loss)).toEqual(expected);
    const name = 'model.encoder.layers.0.fc1.weight';
    expect(parts.state.weights.get(name)).not.toEqual(before.get(name));
    expect(copyOf(parts.state.weights)).toEqual(copyOf(alone.state.weights));
  });

  test('continue after a failed one, with the weights before it', async () => {
    const broken = { ...batchOf(0, 20), feeds: {} };
    const expected = await KeptUpdater.make(partsOf(batches, {}));
    const found = await KeptUpdater.make(partsOf([batches[0], broken, batches[1]], {}));
    const failing = [found.run(1, rate), found.run(2, rate), found.run(2, rate)];
    const [, failed, { loss }] = await Promise.all([failing[0], failing[1].catch((error) => error), failing[2]]);
    expect(failed).toBeInstanceOf(Error);
    await expected.run(1, rate);
    expect(loss).toBe((await expected.run(2, rate)).loss);
    await Promise.all([expected.dispose(), found.dispose()]);
  });
});

test.each([
  ['threads', { threads: 2 }, 'train: threads has no effect on a kept updater, got 2'],
  ['bfloat16', { usesBf16: true }, 'train: usesBf16 has no effect on a kept updater, got true'],
  [
    'a parameter that begins later',
    { group: (...of: Parameters<typeof trainerGroup>) => ({ ...trainerGroup(...of), from: 4 }) },
    /^train: a kept updater trains \S+ from the first update, got from 4$/,
  ],
  ['several shards', partsOf(batches, {}, { shards: 2 }), 'train: a kept updater takes one shard, got 2'],
])('a kept updater refuses %s before anything is compiled', async (_, changes, message) => {
  let compiled = 0;
  const backend = observedBackend(capiBackend(), { compiled: () => void compiled++ });
  await expect(KeptUpdater.make({ ...partsOf(batches, {}), ...changes, backend })).rejects.toThrow(message);
  expect(compiled).toBe(0);
});
