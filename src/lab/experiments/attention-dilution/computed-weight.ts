import { input } from '../../../graph/index.ts';
import { softmax } from '../../../ops/index.ts';
import { evaluating } from '../../evaluation.ts';
import type { Lab } from '../../experiment.ts';
import { floats } from '../../feed.ts';

/** Scores of the one token, and lengths at which its weight is computed. */
export const scores = [1, 3, 5, 8];
export const lengths = [2, 5, 10, 20, 50, 100, 200, 256];

/**
 * Weight of a token with score `s` among n tokens whose other scores are 0, by the softmax that models use:
 * [score][length].
 */
export const computedWeights = ({ backend }: Pick<Lab, 'backend'>): Promise<readonly (readonly number[])[]> =>
  evaluating(
    backend,
    () => ({ weights: softmax(input('scores', ['rows', 'n'])) }),
    async (evaluation) => {
      const byLength: number[][] = [];
      for (const n of lengths) {
        const rows = Float32Array.from({ length: scores.length * n }, (_, i) => (i % n === 0 ? scores[i / n] : 0));
        const { weights } = await evaluation.run({}, { scores: floats([scores.length, n], rows) });
        byLength.push(scores.map((_, row) => Number(weights.data[row * n])));
      }
      return scores.map((_, row) => byLength.map((values) => values[row]));
    },
  );
