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
    // A loss that compares all pairs of a batch has one shard.
    const plan = sample.task === 'feature-extraction' ? [1, 7] : [2, 3];
    expect([shards, threads]).toEqual(sample.recipe.includes('recurrent') ? [2, 1] : plan);
    const all = (shards ?? 0) * (threads ?? 0);
    // A shard has its own threads, scores have those of all; texts are written by sessions of one thread.
    const wanted = new Set([threads, all].filter((count) => count !== 1));
    expect(new Set([...seen].filter((count) => count !== 1))).toEqual(wanted);
  },
);
