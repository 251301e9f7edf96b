import { add, axisSizes, broadcastTo, mul, mulDim, reshape, sum, type Tensor } from '../../graph/index.ts';
import { firstOf } from '../../io/item-at.ts';
import { concat, exp, range, slice } from '../../ops/index.ts';
import { topEntries } from './block-top-k.ts';
import type { TokenScores } from './scores.ts';

/** The best continuations: scores and, as int32, tokens and the beams that they continue, [sentences, count]. */
export interface CandidateTensors {
  readonly scores: Tensor;
  readonly tokens: Tensor;
  readonly beams: Tensor;
}

/** The scores of some sentences, one after another. */
export interface ScoredPart extends TokenScores {
  /** Which sentences they are, int32 [part]; absent if they are all. */
  readonly sentences?: Tensor | undefined;
}

/**
 * The `count` best tokens over all beams of a sentence, best first.
 *
 * `parts`: all sentences, one part if the vocabulary has fewer than `count` tokens: then all of every beam are returned,
 * unsorted. `pathScores`: [sentences, beams].
 */
export function candidates(parts: readonly ScoredPart[], pathScores: Tensor, count: number): CandidateTensors {
  const { scores, width } = firstOf(parts, 'a part');
  if (width >= count) {
    const groups = parts.map(({ scores, sentences }) => ({ x: scores, groups: sentences }));
    const { values, rows, columns } = topEntries(groups, pathScores, count);
    return { scores: add(values, notANumber(parts)), tokens: columns, beams: rows };
  }
  const [sentences, beams, vocabulary] = axisSizes('candidates', 'scores', scores, [
    'sentences',
    'beams',
    'vocabulary',
  ]);
  const all = { shape: [sentences, mulDim(beams, vocabulary)] };
  const everywhere = (numbers: Tensor) => reshape(broadcastTo(numbers, { shape: [sentences, beams, vocabulary] }), all);
  return {
    scores: reshape(add(scores, reshape(pathScores, { shape: [sentences, beams, 1] })), all),
    tokens: everywhere(range({ size: vocabulary })),
    beams: everywhere(reshape(range({ size: beams }), { shape: [beams, 1] })),
  };
}

/**
 * 0, or NaN where a beam of the sentence has scores that are not numbers: a search for the largest overlooks them. One that
 * is NaN makes all of its row NaN when scores are normalised. → [sentences, 1].
 */
function notANumber(parts: readonly ScoredPart[]): Tensor {
  const first = parts.map(({ scores }) => slice(scores, { axis: 2, start: 0, end: 1 }));
  // Not the score itself, which may be −∞.
  return sum(mul(exp(concat(first, { axis: 0 })), 0), { axes: [1] });
}
