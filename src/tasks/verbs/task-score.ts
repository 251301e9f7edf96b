import { performance } from 'node:perf_hooks';
import type { Weights } from '../../train/run/average.ts';
import type { Scores, TaskRun } from '../task.ts';

/**
 * Scores of the final weights: `eval_…` on the validation set, `test_…` on the test set, each with the number of its
 * examples and the time that it took.
 *
 * @throws the reason of `signal` when it is aborted, even while a set is being scored.
 */
export async function finalScores({ scored }: TaskRun, weights: Weights, signal?: AbortSignal): Promise<Scores> {
  const metrics: Record<string, number | string> = {};
  for (const { prefix, samples, score } of scored) {
    signal?.throwIfAborted();
    const start = performance.now();
    for (const [name, value] of Object.entries(await score(weights, signal))) metrics[`${prefix}_${name}`] = value;
    metrics[`${prefix}_samples`] = samples;
    metrics[`${prefix}_runtime`] = (performance.now() - start) / 1000;
  }
  return metrics;
}
