import { median } from 'd3-array';
import { gradient, input, mul, sum, type Tensor } from '../../../graph/index.ts';
import { normal } from '../../../nn/index.ts';
import { matmul, softmax } from '../../../ops/index.ts';
import { uniformFrom } from '../../../train/random/random-bytes.ts';
import { type Evaluation, evaluating } from '../../evaluation.ts';
import { budgeted, type Lab } from '../../experiment.ts';
import { floats } from '../../feed.ts';

/** Results of random queries and keys of one width. */
export interface Saturation {
  /** Of the scores q·k. */
  readonly variance: number;
  /** Mean of the largest weight of a query. */
  readonly largest: number;
  /** Mean entropy of a query's weights, as a share of log n. */
  readonly entropy: number;
  /** ‖∂(w·c)/∂scores‖ of a query, c ~ N(0, 1): the median of all queries, and the root mean square. */
  readonly medianGradient: number;
  readonly meanGradient: number;
}

/** Keys of a query, queries of a batch. */
export const keys = 64;
const [queries, fullBatch] = [32, 16];

/** Scores, weights and the gradient with respect to the scores, of random queries over random keys, times a scale. */
function graph(): Readonly<Record<string, Tensor>> {
  const q = input('q', ['batch', 1, 'queries', 'width']);
  const k = input('k', ['batch', 1, 'keys', 'width']);
  const scores = mul(matmul(q, k, { transposeB: true }), input('scale', []));
  const weights = softmax(scores);
  const seen = sum(mul(weights, input('cotangent', ['batch', 1, 'queries', 'keys'])), { axes: [0, 1, 2, 3] });
  return { scores, weights, gradient: gradient(seen, [scores])[0] as Tensor };
}

async function saturation(evaluation: Evaluation, width: number, scale: number, draw: Draw): Promise<Saturation> {
  const { batch, seed } = draw;
  const fed = (name: string, shape: readonly number[]) =>
    floats(shape, normal(0, 1)(shape, uniformFrom(seed, `${name}/${width}`)));
  const values = await evaluation.run(
    {},
    {
      q: fed('q', [batch, 1, queries, width]),
      k: fed('k', [batch, 1, keys, width]),
      cotangent: fed('c', [batch, 1, queries, keys]),
      scale: floats([], [scale]),
    },
  );
  const [scores, weights, by] = [values.scores, values.weights, values.gradient].map(({ data }) =>
    Array.from(data, Number),
  );
  const total = batch * queries;
  const rows = Array.from({ length: total }, (_, row) => weights.slice(row * keys, (row + 1) * keys));
  const sumOf = (numbers: readonly number[], of: (x: number) => number): number =>
    numbers.reduce((s, x) => s + of(x), 0);
  const norms = Array.from({ length: total }, (_, row) =>
    Math.sqrt(sumOf(by.slice(row * keys, (row + 1) * keys), (x) => x * x)),
  );
  return {
    variance: sumOf(scores, (x) => x * x) / scores.length - (sumOf(scores, (x) => x) / scores.length) ** 2,
    largest: rows.reduce((s, row) => s + Math.max(...row), 0) / total,
    entropy: sumOf(weights, (w) => (w > 0 ? -w * Math.log(w) : 0)) / total / Math.log(keys),
    medianGradient: median(norms) as number,
    meanGradient: Math.sqrt(sumOf(norms, (norm) => norm ** 2) / total),
  };
}

interface Draw {
  readonly batch: number;
  readonly seed: number;
}

/** {@link Saturation} of every seed, for every width: [width][seed]. The scale is 1/√d_k, or 1. */
export const saturations = (
  lab: Lab,
  widths: readonly number[],
  isScaled: boolean,
): Promise<readonly (readonly Saturation[])[]> =>
  evaluating(lab.backend, graph, async (evaluation) => {
    const batch = budgeted(lab, fullBatch, 2);
    const found: Saturation[][] = [];
    for (const width of widths) {
      const ofSeeds: Saturation[] = [];
      for (const seed of lab.seeds)
        ofSeeds.push(await saturation(evaluation, width, isScaled ? width ** -0.5 : 1, { batch, seed }));
      found.push(ofSeeds);
    }
    return found;
  });
