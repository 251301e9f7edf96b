import { itemAt } from '../../io/item-at.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import { QueuedProgram } from '../model/queued-program.ts';
import type { Evaluator } from '../run/evaluator.ts';
import { classMeanAccuracy } from './class-mean.ts';
import { sentenceVectorProgram } from './embedding-program.ts';
import { type GroupedSet, type Pair, pairsOf } from './grouped-set.ts';
import type { PoolingMode } from './pooling-mode.ts';
import { Ranking } from './ranking.ts';
import { normalized } from './vector.ts';

/** How vectors are made and compared. */
export interface ComparisonOptions {
  readonly pooling: PoolingMode;
  readonly scale: number;
  readonly symmetric: boolean;
}

/** Pairs with the vectors of their texts. */
function queriesAndCandidates({ kind, rows }: GroupedSet, pairs: readonly Pair[], vectors: readonly Float32Array[]) {
  const vector = (row: number) => itemAt(vectors, row, 'a vector');
  const group = (row: number) => itemAt(rows, row, 'a text').group;
  const areTexts = kind === 'labels';
  const queries = pairs.map(({ anchor, positive }, at) => ({
    vector: vector(anchor),
    groups: [group(anchor), group(positive)] as const,
    own: areTexts ? positive : at,
    self: areTexts ? anchor : -1,
  }));
  const candidates = areTexts
    ? rows.map((_, row) => ({ vector: vector(row), groups: [group(row), group(row)] as const }))
    : pairs.map(({ positive }, at) => ({ vector: vector(positive), groups: itemAt(queries, at, 'a pair').groups }));
  return { queries, candidates };
}

const swapped = (pairs: readonly Pair[]): Pair[] =>
  pairs.map(({ anchor, positive }) => ({ anchor: positive, positive: anchor }));

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Scores sentence vectors: every text is compared with all of the set.
 *
 * `loss`: the loss of training with all texts as candidates · `recall_at_1`, `mrr`: whether, and how early, the most
 * similar texts hold one that belongs to the first text of a pair · `accuracy`, for labels: of the nearest class mean.
 *
 * @param maxTokens tokens in a batch, padding included.
 */
export async function sentenceEvaluator(
  setup: Pick<ModelSetup<'encoder'>, 'model' | 'tokens'>,
  { pooling, scale, symmetric }: ComparisonOptions,
  engine: Backend | SharedWeights,
  maxTokens?: number,
): Promise<Evaluator<GroupedSet>> {
  const { width } = setup.model;
  const program = await QueuedProgram.make((form) => sentenceVectorProgram(form, pooling), setup, engine, maxTokens);
  const ranking = await Ranking.make(width, scale, engine);
  return {
    async score(set, { weights, signal }) {
      const found = await program.submit(set.rows, { weights, signal });
      const vectors = found.map((vector) => normalized(vector, width));
      const scoresOf = (pairs: readonly Pair[]) => {
        const { queries, candidates } = queriesAndCandidates(set, pairs, vectors);
        return ranking.scores(queries, candidates, signal);
      };
      const pairs = pairsOf(set);
      const forward = await scoresOf(pairs);
      const both = symmetric ? [...forward, ...(await scoresOf(swapped(pairs)))] : forward;
      return {
        loss: meanOf(both.map(({ loss }) => loss)),
        recall_at_1: meanOf(forward.map(({ rank }) => Number(rank === 1))),
        mrr: meanOf(forward.map(({ rank }) => 1 / rank)),
        ...(set.kind === 'labels' && { accuracy: classMeanAccuracy(set.rows, vectors) }),
      };
    },
    async dispose() {
      await program.dispose();
      await ranking.dispose();
    },
  };
}
