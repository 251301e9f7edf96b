/** Scores decide which checkpoint is the best, so they too must not depend on the cores of a machine. */
import { afterAll, expect, test } from 'vitest';
import type { Backend } from '../../../src/runtime/backend.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { SmallRun } from '../small-run.ts';
import { taskSamples } from '../task-sample.ts';

const runs: SmallRun[] = [];
afterAll(() => Promise.all(runs.map((run) => run.remove())));

test.each(taskSamples)(
  '$task: updates and scores are computed by as many threads as the run’s state says',
  async (sample) => {
    const run = await SmallRun.make(sample);
    runs.push(run);
    const engine = nodeBackend();
    const seen = new Set<number | undefined>();
    const backend: Backend = {
      ...engine,
      cores: 7,
      compile(model, options) {
        seen.add(options?.threads);
        return engine.compile(model, options);
      },
    };
    const { state } = await run.train('run', [], { backend });
    const { shards, threads } = state;
    expect([shards, threads]).toEqual(sample.recipe.includes('recurrent') ? [2, 1] : [1, 7]);
    const all = (shards ?? 0) * (threads ?? 0);
    // Texts are written by sessions of one thread.
    expect([...seen].filter((count) => count !== 1).sort()).toEqual([all]);
  },
);
