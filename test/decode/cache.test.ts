/** The state of a batch between steps. */
import { expect, test } from 'vitest';
import { type Source, sourcesOf } from '../../src/decode/source.ts';
import { Cache } from '../../src/decode/step/cache.ts';
import { PlacedModels } from '../../src/decode/step/placed-models.ts';
import { Programs } from '../../src/decode/step/programs.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { seeded } from './seeded.ts';
import { toyModel, toyStart, toyWeights } from './toy-recurrent.ts';

test('the number of slots follows what is kept, also where the state has no tensor of slots', async () => {
  const parameters = toyWeights(seeded(1));
  const weights = new SharedWeights(nodeBackend(), parameters);
  const programs = new Programs(toyModel, parameters, new PlacedModels(weights), { threads: 1 });
  const sources: Source[] = sourcesOf([[1, 2], [3]], toyModel, toyStart);
  const { signal } = new AbortController();
  const cache = await Cache.encode(programs, sources, { prompt: 40, paths: 2, signal });
  expect(cache.slots).toBeGreaterThanOrEqual(42);
  await cache.regroup(sources.map((source, at) => ({ at, source, slots: at === 0 ? 3 : 2, seen: 1 })));
  expect(cache.slots).toBeGreaterThanOrEqual(5);
  expect(cache.slots).toBeLessThan(20);
  cache.dispose();
  await programs.dispose();
  await weights.dispose();
});
