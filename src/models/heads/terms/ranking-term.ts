import { gather, input } from '../../../graph/index.ts';
import { type PoolingName, type RankingOptions, rankingLoss } from '../../../nn/index.ts';
import { sentenceVectors } from '../layers/sentence-vector.ts';
import { scaled, type Term } from './term.ts';

/**
 * The multiple negatives ranking loss of the texts of a batch, which may stand in any order.
 *
 * Inputs: `anchors` and `positives`, int32 [pairs], the rows of each pair's texts; `groups`, int32 [pairs, 2], the groups
 * of both. Negatives are the positives of the other pairs of the batch that share no group with the pair.
 */
export const rankingTerm = (pooling: PoolingName, options: Omit<RankingOptions, 'reduction'>): Term => ({
  name: 'pairs',
  feeds: ({ anchors, positives, groups }) => ({ feeds: { anchors, positives, groups }, count: anchors.shape[0] }),
  sum(root, pass) {
    const vectors = sentenceVectors(root, pass, pooling);
    const side = (name: string) => gather(vectors, input(name, ['pairs'], 'int32'));
    const groups = input('groups', ['pairs', 2], 'int32');
    return scaled(this.name, rankingLoss(side('anchors'), side('positives'), groups, { ...options, reduction: 'sum' }));
  },
});
