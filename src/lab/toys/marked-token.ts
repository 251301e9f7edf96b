import type { RandomStream } from '../../data/batch/shuffle.ts';
import { add, broadcastTo, input, mul, reshape, type Tensor } from '../../graph/index.ts';
import {
  attend,
  crossEntropyLoss,
  embed,
  keyValue,
  linear,
  noMask,
  normal,
  queries,
  type Scope,
} from '../../nn/index.ts';
import { argmax } from '../../ops/index.ts';
import { floats, ids } from '../feed.ts';

/** Number of values, and the width of the model. */
const [values, width] = [16, 32];

/** Accuracy of guessing. */
export const chance = 1 / values;

/** Attention of one learned query over tokens, one of which is marked, and the value read there. */
function read(root: Scope): { readonly logits: Tensor; readonly weights: Tensor } {
  const tokens = input('tokens', ['batch', 'time'], 'int32');
  const [batch, time] = tokens.shape;
  const parameter = (name: string, shape: readonly number[]) => root.parameter(name, shape, normal(0, 1));
  const marks = reshape(input('marks', ['batch', 'time']), { shape: [batch, time, 1] });
  const x = add(embed(parameter('value', [values, width]), tokens), mul(marks, parameter('mark', [width])));
  const query = broadcastTo(parameter('query', [1, 1, width]), { shape: [batch, 1, width] });
  const config = { width, heads: 1 };
  const sharpness = input('sharpness', []);
  const { output, weights } = root.layer('attention', (at) => {
    const read = keyValue(at, config, x);
    return attend(at, config, queries(at, config, query), read, noMask(), { turn: (q) => mul(q, sharpness) });
  });
  const logits = linear(
    root.at('head'),
    { inFeatures: width, outFeatures: values },
    reshape(output, { shape: [batch, width] }),
  );
  return { logits, weights: reshape(weights, { shape: [batch, time] }) };
}

/**
 * Finding a token: every token has a value, one token is marked, and its value is the label.
 *
 * Inputs: `tokens`, `marks` int32 [B, n], `labels` int32 [B], `sharpness` [], a factor on the scores.
 */
export const markedTokenLoss = (root: Scope): Tensor =>
  crossEntropyLoss(read(root).logits, input('labels', ['batch'], 'int32'));

/** `found`: int32 [B], the value with the largest probability; `weights`: [B, n]. */
export function findMarkedToken(root: Scope): { readonly found: Tensor; readonly weights: Tensor } {
  const { logits, weights } = read(root);
  return { found: argmax(logits), weights };
}

/** How a token is marked: only it has a 1, or it has the largest of numbers that all tokens have. */
export type Marking = 'flag' | 'greatest';

/** `rows` sequences of `n` tokens. `places`: positions of the marked tokens, [rows]. */
export function markedTokens(random: RandomStream, marking: Marking, { rows, n, sharpness }: MarkedShape) {
  const tokens = Int32Array.from({ length: rows * n }, () => random.below(values));
  const marks = Float32Array.from({ length: rows * n }, () =>
    marking === 'flag' ? 0 : random.below(2 ** 20) / 2 ** 20,
  );
  if (marking === 'flag') for (let row = 0; row < rows; row++) marks[row * n + random.below(n)] = 1;
  const places = Array.from({ length: rows }, (_, row) => {
    const own = marks.subarray(row * n, (row + 1) * n);
    return own.indexOf(Math.max(...own));
  });
  const labels = Int32Array.from(places, (place, row) => tokens[row * n + place]);
  const feeds = {
    tokens: ids([rows, n], tokens),
    marks: floats([rows, n], marks),
    labels: ids([rows], labels),
    sharpness: floats([], [sharpness]),
  };
  return { feeds, places, labels };
}

export interface MarkedShape {
  readonly rows: number;
  readonly n: number;
  /** The factor on the scores. */
  readonly sharpness: number;
}
