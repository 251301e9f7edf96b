import { mul, type Tensor } from '../../graph/index.ts';
import { maskedSoftmax, matmul } from '../../ops/index.ts';
import type { Scope } from '../scope.ts';
import {
  type AlignmentScore,
  type AlignmentScoreName,
  type AlignmentSizes,
  alignmentScores,
} from './alignment-score.ts';

/** An alignment's widths and its score. */
export interface AlignmentConfig extends AlignmentSizes {
  /** A name of the table {@link alignmentScores}, or a score that is not in it. */
  readonly score: AlignmentScoreName | AlignmentScore;
}

const scoreOf = ({ score }: AlignmentConfig): AlignmentScore =>
  typeof score === 'string' ? alignmentScores[score] : score;

/** What attention computes from the annotations once for all steps of a decoder. `memory`: [B, S, D] → [B, S, ...]. */
export const alignmentKeys = (scope: Scope, config: AlignmentConfig, memory: Tensor): Tensor =>
  scoreOf(config).keys(scope, config, memory);

/**
 * Attention of a recurrent decoder: α[t, s] = softmax over s of the scores, c[t] = Σ α[t, s]·h[s].
 *
 * `query`: [B, T, Q], `keys`: {@link alignmentKeys} of `memory` ([B, S, D]), `mask`: float [B, 1, S], 1 where there is
 * text → context [B, T, D] and α [B, T, S].
 *
 * Source: Bahdanau, Cho & Bengio 2015, eq. 5 and 6.
 */
export function align(
  scope: Scope,
  config: AlignmentConfig,
  query: Tensor,
  { keys, memory, mask }: { readonly keys: Tensor; readonly memory: Tensor; readonly mask: Tensor },
): { readonly context: Tensor; readonly weights: Tensor } {
  const { score, window } = scoreOf(config);
  const all = maskedSoftmax(score(scope, config, query, keys), mask);
  const weights = window ? mul(all, window(scope, config, query, mask)) : all;
  return { context: matmul(weights, memory, {}), weights };
}
