/** The fuzz run itself, in a process of its own: memory is measured by the process's peak, which real readers raise. */
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { plantedKinds } from './planted.ts';

describe('the fuzz run', () => {
  const worker = 'test/fuzz/planted-worker.ts';
  const only = (...names: readonly string[]) => plantedKinds.filter(({ name }) => names.includes(name));

  it.each([
    ['untyped', /TypeError: Cannot read properties of undefined/],
    ['missing', /Error: ENOENT/],
    ['slow', /took 1\d\d\d ms/],
    ['greedy', /took \d+ MiB/],
    ['heap', /memory limit/],
    ['endless', /no end after 2000 ms/],
  ])(
    'finds a reader that is %s, and goes on',
    async (name, what) => {
      // Only a reader without an end has to be ended; how long the others take depends on what else the machine does.
      const longest = name === 'endless' ? 2000 : 30_000;
      const { findings, counts } = await fuzz({
        runs: 4,
        seed: 3,
        kinds: only('right', name),
        worker,
        longest,
        heap: 64,
      });
      expect(findings.map((finding) => finding.what).join('\n')).toMatch(what);
      expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set([name]));
      expect(counts.get('right')).toEqual({ read: 0, refused: 2, failed: 0 });
    },
    120_000,
  );

  it('gives the same inputs for the same seed, others for another', async () => {
    const inputs = async (seed: number) => {
      const { findings } = await fuzz({ runs: 6, seed, kinds: only('untyped'), worker });
      return findings.map(({ files }) => Buffer.from(files.get('a.json') ?? []).toString());
    };
    const first = await inputs(5);
    expect(first.length).toBeGreaterThan(3);
    expect(await inputs(5)).toEqual(first);
    expect(await inputs(6)).not.toEqual(first);
  }, 60_000);
});
