import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { loadModel, pipeline } from '../../src/tasks/index.ts';
import { build, heddle } from '../cli/heddle.ts';
import { temporaryFolder, writeSmallModel } from './model-folder.ts';

/** An engine that counts the programs compiled with and without a second copy of their weights. */
function counting() {
  const engine = nodeBackend();
  const counts = { packed: 0, plain: 0 };
  const backend: Backend = {
    ...engine,
    compile: (model, options) => {
      counts[options?.isPrepacked === false ? 'plain' : 'packed']++;
      return engine.compile(model, options);
    },
  };
  return { backend, counts };
}

describe('low_memory', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await writeSmallModel(await temporaryFolder());
    await build();
  }, 120_000);

  it('reaches every program of a pipeline and changes no result', async () => {
    const found = [];
    for (const low_memory of [false, true]) {
      const { backend, counts } = counting();
      const translator = await pipeline('translation', folder, { backend, low_memory });
      found.push(await translator(['a man sleeps', 'a dog'], { num_beams: 2, max_new_tokens: 5 }));
      await translator.dispose();
      expect(counts[low_memory ? 'packed' : 'plain']).toBe(0);
      expect(counts[low_memory ? 'plain' : 'packed']).toBeGreaterThan(1);
    }
    expect(found[1]).toEqual(found[0]);
  });

  it('is an option of loadModel, and is true or false', async () => {
    const { backend, counts } = counting();
    const model = await loadModel(folder, { backend, low_memory: true, role: 'sequence-to-sequence' });
    await model.generate({ inputs: [[3, 4, 0]], max_new_tokens: 3 });
    await model.dispose();
    expect(counts).toEqual({ packed: 0, plain: expect.any(Number) });
    // @ts-expect-error a flag is true or false
    await expect(pipeline('translation', folder, { low_memory: 1 })).rejects.toThrow('true or false');
  });

  it('is --low-memory of predict and evaluate', async () => {
    const input = 'a man sleeps\n';
    const [usual, low] = [
      await heddle(['predict', folder], { input }),
      await heddle(['predict', folder, '--low-memory'], { input }),
    ];
    expect(low).toEqual(usual);
    expect(await heddle(['evaluate', '--help'])).toMatchObject({ stdout: expect.stringContaining('--low-memory') });
  }, 60_000);
});
