import { add, axisSizes, broadcastTo, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import { range, takeAlong, topK } from '../../ops/index.ts';
import { blockTopK } from './block-top-k.ts';
import type { TokenScores } from './scores.ts';

/**
 * The best continuations: scores and, as int32, tokens and positions, [sentences, count]. beam = floor(position /
 * width).
 */
export interface CandidateTensors {
  readonly scores: Tensor;
  readonly tokens: Tensor;
  readonly places: Tensor;
}

/**
 * The `count` best tokens over all beams of a sentence, best first.
 *
 * `scores`: [sentences, beams, V], `pathScores`: [sentences, beams]. A path's score is added after each row's best are
 * chosen, which does not change their order. If the vocabulary has fewer than `count` tokens, all of every row are
 * returned, unsorted.
 */
export function candidates({ scores, width }: TokenScores, pathScores: Tensor, count: number): CandidateTensors {
  const [sentences, beams] = axisSizes('candidates', 'scores', scores, ['sentences', 'beams', 'vocabulary']);
  const places = mulDim(beams, width);
  const [best, tokens] = blockTopK(scores, width);
  const sums = add(best, reshape(pathScores, { shape: [sentences, beams, 1] }));
  const flat = { shape: [sentences, places] };
  if (width < count) {
    return {
      scores: reshape(sums, flat),
      tokens: reshape(tokens, flat),
      places: broadcastTo(range({ size: places }), flat),
    };
  }
  const [top, chosen] = topK.all(reshape(sums, flat), { k: count }) as readonly [Tensor, Tensor];
  return { scores: top, tokens: takeAlong(reshape(tokens, flat), chosen), places: chosen };
}
