import type { Heading, Prose } from '../../experiment.ts';
import { figures } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import type { DeepShape } from './deep-stack.ts';
import type { LossScale } from './figure.ts';

export const heading: Heading = {
  title: 'What residual connections and normalisation are for',
  claim:
    'Deep networks are hard to train without residual connections; normalisation stabilises them; with normalisation before the sublayers the gradients are well-behaved at initialisation, so the warm-up that post-norm needs can be omitted.',
  source:
    'He et al. 2016, “Deep residual learning for image recognition”; Ba, Kiros & Hinton 2016, “Layer normalization”; Xiong et al. 2020, “On layer normalization in the Transformer architecture”; for attention without residuals Dong, Cordonnier & Loukas 2021',
};

/** The loss of an arrangement at its best rate. */
export interface BestLoss {
  readonly name: string;
  readonly rate: number;
  readonly loss: Spread;
}

/** The numbers that the text uses. */
export interface Found {
  readonly best: readonly BestLoss[];
  /** Norm of the first layer's gradient before training, with residuals. */
  readonly gradient: { readonly pre: number; readonly post: number; readonly unnormalised: number };
  /**
   * Mean cosine between two positions after the last layer before training: pre-norm, and the same without residuals.
   */
  readonly alike: { readonly pre: number; readonly bare: number };
  readonly shape: DeepShape;
  readonly scale: LossScale;
  readonly rates: readonly number[];
  readonly steps: number;
  readonly lastSteps: number;
  readonly batch: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { best, gradient, alike, shape, scale, rates, steps, lastSteps, batch } = found;
  const described = ({ name, rate, loss }: BestLoss): string =>
    `${showSpread(loss, (x) => x.toFixed(2))} (${name}, rate ${rate})`;
  return {
    says:
      `After ${steps} updates, each at the best of ${rates.length} rates, ${shape.layers} layers have a loss of ${best.map(described).join(', ')}; guessing gives ${figures(scale.guessing, 3)}. ` +
      `Before training the first layer’s gradient is ${figures(gradient.pre)} with residuals and norms before, ${figures(gradient.post)} with norms after, and ${figures(gradient.unnormalised)} with only residuals; the mean cosine between two positions after the last layer is ${figures(alike.pre)} with residuals and norms before, and ${figures(alike.bare)} without the residuals.`,
    explanation: [
      'A residual connection lets a layer add to its input instead of replacing it. Without it every layer must pass on everything that later layers need, through random matrices and a softmax that averages. The third figure shows that after two layers all positions of a sequence look the same: the token to be named, from another position, is lost before the last layer sees it. Gradients need not vanish for that; in the fourth figure they are of normal size. What is lost is the signal.',
      'Residual sums without norms grow: each sublayer adds something as large as its input, so the variance roughly doubles each time. After 24 sublayers the scores are thousands of times too large, and so are loss and gradients; the optimizer must first shrink them. With a norm every sublayer reads vectors of the same size. Smaller initial weights, or zeros in the last matrix of each sublayer, are another solution, which is not tested here.',
      'A norm after the sum also shrinks the residual part, by about √2 each time. After many layers little of the input is left, and positions come to look alike, only more slowly than without residuals. A norm before the sublayer leaves the sum unchanged. There is no warm-up here, on purpose: this is the case in which Xiong et al. saw post-norm fail and pre-norm succeed.',
    ],
    method: [
      `A Transformer encoder of ${shape.layers} layers, width ${shape.width}, four heads, feed-forward width ${2 * shape.width}, sinusoidal positions, all weights N(0, 1/D); pre-norm models have one more norm after the last layer. Sequences of ${shape.time} random tokens out of ${shape.symbols}; at every position the model must name the previous token. ${steps} updates of Adam at a constant rate without warm-up, gradients clipped at norm 1, new batches of ${batch}; rates ${rates.join(', ')}.`,
      `Losses are training losses on new batches, means of the last ${lastSteps} updates; a loss above ${scale.most} counts as ${scale.most}. The best rate has the smallest mean over seeds; if it is the first or the last of the rates, a rate beyond may be better.`,
      'The claim holds if for all seeds the loss with residuals and norms before, at its best rate, is below that without residuals, that without norms, and that with norms after.',
    ],
  };
}
