import { add, axisSizes, broadcastTo, mul, mulDim, reshape, sum, type Tensor } from '../../graph/index.ts';
import { exp, range, slice } from '../../ops/index.ts';
import { topEntries } from './block-top-k.ts';
import type { TokenScores } from './scores.ts';

/** The best continuations: scores and, as int32, tokens and the beams that they continue, [sentences, count]. */
export interface CandidateTensors {
  readonly scores: Tensor;
  readonly tokens: Tensor;
  readonly beams: Tensor;
}

/**
 * The `count` best tokens over all beams of a sentence, best first.
 *
 * `scores`: [sentences, beams, V], `pathScores`: [sentences, beams]. If the vocabulary has fewer than `count` tokens, all
 * of every beam are returned, unsorted.
 */
export function candidates({ scores, width }: TokenScores, pathScores: Tensor, count: number): CandidateTensors {
  if (width >= count) {
    const { values, rows, columns } = topEntries(scores, pathScores, count);
    return { scores: add(values, notANumber(scores)), tokens: columns, beams: rows };
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
 * is NaN makes all of its row NaN when scores are normalised. `scores`: [sentences, beams, V] → [sentences, 1].
 */
function notANumber(scores: Tensor): Tensor {
  const first = reshape(slice(scores, { axis: 2, start: 0, end: 1 }), { shape: scores.shape.slice(0, 2) });
  // Not the score itself, which may be −∞.
  return sum(mul(exp(first), 0), { axes: [1], keepDims: true });
}
