import type { Heading, Prose } from '../../experiment.ts';
import { figures, percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import type { ReverseShape } from '../../toys/reverse-text.ts';
import { keys } from './softmax-saturation.ts';

export const heading: Heading = {
  title: 'Why dot products are divided by √d_k',
  claim:
    'For large values of d_k, the dot products grow large in magnitude, pushing the softmax function into regions where it has extremely small gradients.',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, section 3.2.1 with footnote 4: q·k has mean 0 and variance d_k',
};

/** Results of random queries and keys. */
export interface RandomProducts {
  /** Variance of the scores and the mean largest weight, at d_k = 64. */
  readonly variance: Spread;
  readonly largest: Spread;
  /** The gradient with respect to the scores of the median query, at d_k = 1024. */
  readonly gradient: Spread;
}

/** The numbers that the text uses. */
export interface Found {
  readonly plain: RandomProducts;
  readonly scaled: RandomProducts;
  /** Last losses at d_k = 64, each at its better rate. */
  readonly withScale: Spread;
  readonly without: Spread;
  readonly shape: Omit<ReverseShape, 'heads'>;
  readonly window: number;
  /** Batches of random products, updates, and sequences of a batch. */
  readonly batches: number;
  readonly steps: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { plain, scaled, withScale, without, shape, window, batches, steps, rows } = found;
  const three = (spread: Spread): string => showSpread(spread, (value) => figures(value, 3));
  const two = (spread: Spread): string => showSpread(spread, figures);
  const share = ({ largest }: RandomProducts): string => showSpread(largest, percent);
  return {
    says:
      `At d_k = 64 the products have variance ${three(plain.variance)}, with the scale ${three(scaled.variance)}; ` +
      `one of ${keys} keys then takes ${share(plain)} of the weight instead of ${share(scaled)}. ` +
      `At d_k = 1024 the gradient that the softmax lets through to the scores of the median query is ${two(plain.gradient)} without the scale and ${two(scaled.gradient)} with it. ` +
      `A Transformer with d_k = 64 that learns to reverse a sequence ends at ${two(withScale)} nats with the scale and at ${two(without)} without it (guessing: ${figures(Math.log(shape.symbols))}), each at its better learning rate.`,
    explanation: [
      'A product q·k is a sum of d_k terms. If the components are independent with mean 0 and variance 1, each term has variance 1 and the sum has variance d_k: scores of ±8 for d_k = 64, of ±32 for d_k = 1024. Divided by √d_k they have variance 1 for any width.',
      'The softmax of scores that are far apart puts nearly all its weight on one key. At that point the model has learned nothing: chance decides which key it is. If one weight is nearly 1, all derivatives w_i(δ_ij − w_j) are nearly 0, so no gradient comes back to correct it. A typical query gets none; for a few queries two keys happen to tie, which keeps the mean gradient up (see the table).',
      'Training confirms it: with one head of width 64, the model without the scale stays near guessing at both learning rates, while the same model with the scale learns to reverse. With eight heads of width 8 the scores are at most ±3, and the model without the scale learns too, only later. Hence the paper’s remark that for small d_k dot products do as well as additive attention.',
    ],
    method: [
      `Random products: in each of ${batches} batches 32 queries and ${keys} keys with components N(0, 1); scores, softmax and the gradient with respect to the scores run on ONNX Runtime in float32, the same graph with the factor 1/√d_k and with 1.`,
      `Training: a Transformer encoder of ${shape.layers} layers, width ${shape.width}, normalisation after the sublayers, weights N(0, 1/D), sinusoidal positions, reverses ${shape.time} random symbols out of ${shape.symbols}, all positions at once; ${steps} updates of Adam (a tenth of them warm-up, gradients clipped at norm 1) on new batches of ${rows}, rate 0.001 in the figure, for d_k = 64 also 0.003. Losses are means over ${window} updates. Without the scale, queries and keys are each multiplied by the fourth root of d_k, which cancels it.`,
      'The claim holds if the variance of q·k is within 15 % of d_k for every width, the median gradient at d_k = 1024 is ten times smaller without the scale for all seeds, and at d_k = 64 every seed ends higher without the scale than with it, each at its better rate.',
    ],
  };
}
