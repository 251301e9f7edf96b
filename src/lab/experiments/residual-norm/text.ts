import type { Heading, Prose } from '../../experiment.ts';
import { figures } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import type { DeepShape } from './deep-stack.ts';
import type { LossScale } from './figure.ts';

export const heading: Heading = {
  title: 'What residual connections and normalisation are for',
  claim:
    'Deep networks are hard to train without residual connections; normalisation stabilises them; with normalisation in front of the sublayers the gradients are well-behaved at initialisation, and warm-up can be left out, which post-norm needs.',
  source:
    'He et al. 2016, “Deep residual learning for image recognition”; Ba, Kiros & Hinton 2016, “Layer normalization”; Xiong et al. 2020, “On layer normalization in the Transformer architecture”; for attention without residuals Dong, Cordonnier & Loukas 2021',
};

/** The loss of an arrangement at its best rate. */
export interface BestLoss {
  readonly name: string;
  readonly rate: number;
  readonly loss: Spread;
}

/** What the text speaks of. */
export interface Found {
  readonly best: readonly BestLoss[];
  /** Norm of the first layer's gradient before training, with residuals. */
  readonly gradient: { readonly pre: number; readonly post: number; readonly unnormalised: number };
  /** Mean cosine between two places after the last layer before training: pre-norm, and the same without residuals. */
  readonly alike: { readonly pre: number; readonly bare: number };
  readonly shape: DeepShape;
  readonly scale: LossScale;
  readonly rates: readonly number[];
  readonly steps: number;
  readonly lastSteps: number;
  readonly batch: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { best, gradient, alike, shape, scale, rates, steps, lastSteps, batch } = found;
  const told = ({ name, rate, loss }: BestLoss): string =>
    `${showSpread(loss, (x) => x.toFixed(2))} (${name}, rate ${rate})`;
  return {
    says:
      `After ${steps} updates, each at the best of ${rates.length} rates, ${shape.layers} layers have a loss of ${best.map(told).join(', ')}; guessing gives ${figures(scale.guessing, 3)}. ` +
      `Before training the first layer’s gradient is ${figures(gradient.pre)} with residuals and norms before, ${figures(gradient.post)} behind, and ${figures(gradient.unnormalised)} with residuals alone; the mean cosine between two places after the last layer is ${figures(alike.pre)} with residuals and norms before, and ${figures(alike.bare)} without the residuals.`,
    explanation: [
      'A residual connection lets a layer add to what is there instead of making it anew. Without it every layer must pass on all that later ones need through random matrices and a softmax that averages: the third figure shows that after two layers all places of a sequence look the same, and what is asked for, another place’s token, is gone before the last layer sees it. Gradients need not vanish for that: in the fourth figure they are of ordinary size. What is lost is the signal.',
      'Residual sums alone grow: each sublayer adds something of the size of what it reads, so that the variance roughly doubles each time. After 24 sublayers the scores are thousands of times too large, and so are loss and gradients; an optimizer can only wait until it has shrunk them. With a norm every sublayer reads vectors of one size. Weights that begin smaller, or as zero in each sublayer’s last matrix, are another way, which is not examined here.',
      'A norm behind the sum also shrinks what the residual has brought, by about √2 each time: after many layers little of the input is left, and places come to look alike more slowly than without residuals, but they do. A norm in front of the sublayer leaves the sum alone. There was no warm-up here, on purpose: this is the case in which Xiong et al. saw norms behind fail and norms before succeed.',
    ],
    method: [
      `A Transformer encoder of ${shape.layers} layers, width ${shape.width}, four heads, feed-forward width ${2 * shape.width}, sinusoidal positions, all weights N(0, 1/D); norm before has one more after the last layer. Sequences of ${shape.time} random tokens of ${shape.symbols} kinds; at every place the token before it is to be named. ${steps} updates of Adam at a constant rate without warm-up, gradients clipped at norm 1, new batches of ${batch}; rates ${rates.join(', ')}.`,
      `Losses are training losses on batches that were never seen before, means of the last ${lastSteps} updates; a loss above ${scale.most} counts as ${scale.most}. The best rate is that of the least mean over seeds; where it is the first or the last of the rates, one beyond may be better.`,
      'The claim holds when for all seeds the loss with residuals and norms before, at its best rate, is below that without residuals, that without norms, and that with norms behind.',
    ],
  };
}
