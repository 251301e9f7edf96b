import { add, broadcastTo, constantTensor, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import { equal, range, takeAlong, topK, where } from '../../ops/index.ts';
import { blockTopK } from './block-top-k.ts';
import { banned, type TokenScores } from './scores.ts';

/** The best continuations: scores and, as int32, tokens and places, [sentences, count]. beam = floor(place / width). */
export interface CandidateTensors {
  readonly scores: Tensor;
  readonly tokens: Tensor;
  readonly places: Tensor;
  /** Places that a beam has. */
  readonly width: number;
}

/**
 * The `count` best tokens over all beams of a sentence, best first.
 *
 * `scores`: [sentences, beams, V′], `pathScores`: [sentences, beams]. A path's score is added after the choice of each
 * row's best, which changes no order. A vocabulary too small to have `count` tokens gives all of every row, unsorted.
 */
export function candidates(
  { scores, barred, width }: TokenScores,
  pathScores: Tensor,
  count: number,
): CandidateTensors {
  const [sentences, beams] = scores.shape;
  const [best, tokens] = blockTopK(scores, width);
  const never = constantTensor(banned);
  const open = barred.reduce(
    (values, token) => where(equal(tokens, constantTensor(token, [], 'int32')), never, values),
    best,
  );
  const sums = add(open, reshape(pathScores, { shape: [sentences, beams, 1] }));
  const flat = { shape: [sentences, mulDim(beams, width)] };
  if (width < count) {
    const places = broadcastTo(range({ size: flat.shape[1] }), flat);
    return { scores: reshape(sums, flat), tokens: reshape(tokens, flat), places, width };
  }
  const [top, places] = topK.all(reshape(sums, flat), { k: count });
  return { scores: top, tokens: takeAlong(reshape(tokens, flat), places), places, width };
}
