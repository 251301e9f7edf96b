import type { Heading, Prose } from '../../experiment.ts';
import { figures, percent } from '../../number-text.ts';
import { showSpread } from '../../spread.ts';
import type { ShapeMeasured } from './figure.ts';

export const heading: Heading = {
  title: 'Depth or width for the same parameters',
  claim:
    'Transformer performance depends very weakly on the shape parameters, depth and width, when the total number of parameters without embeddings is held fixed.',
  source:
    'Kaplan et al. 2020, “Scaling laws for neural language models”, section 3.1, figure 5, where models of one layer are an exception; for depth that helps on other tasks and costs time Tay et al. 2022, “Scale efficiently”',
};

/** The numbers that the text uses. */
export interface Found {
  /** From the shallowest to the deepest. */
  readonly measured: readonly ShapeMeasured[];
  /** Of the language. */
  readonly entropy: number;
  /**
   * How much the losses of models with two or more layers differ, as a share, and the largest difference that counts as
   * equal.
   */
  readonly range: number;
  readonly mild: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Sequences of a batch, their tokens, and the measured sequences. */
  readonly batch: number;
  readonly time: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { measured, entropy, range, mild, steps, learningRate, batch, time, rows } = found;
  const [shallow, deep] = [measured[0], measured[measured.length - 1]];
  const best = measured.reduce((a, b) => (b.loss.mean < a.loss.mean ? b : a));
  const above = ({ loss }: ShapeMeasured): string => figures(loss.mean - entropy);
  return {
    says:
      `With about ${Math.round(shallow.parameters / 1000)},000 parameters in the blocks each, models of ${measured.map(({ layers }) => layers).join(', ')} layers have losses of ${measured.map(({ loss }) => showSpread(loss, (x) => x.toFixed(3))).join(', ')}; ` +
      `the language’s own entropy is ${entropy.toFixed(3)}. From two layers on, the losses are within ${percent(range)}; the best has ${best.layers} ${best.layers === 1 ? 'layer' : 'layers'}. ` +
      `Above the entropy they are ${measured.map(above).join(', ')}. An update takes ${figures(shallow.milliseconds.mean)} ms with 1 layer and ${figures(deep.milliseconds.mean)} ms with ${deep.layers}.`,
    explanation: [
      'A block has about 12·D² parameters, so halving the width pays for four times the depth. An attention layer can fetch something for a token from other tokens, but only the next layer can use the result. One layer alone cannot find out which bracket is still open, because it must first find out which ones are closed. The first two points of the figure show that this costs little, because most of the loss depends on the previous word. With many layers, each layer must be so narrow that few numbers are left for what it knows about a token.',
      'Before you conclude that shape does not matter at all, look at the loss above the entropy of the language: most of the loss is what no model can know, and that hides the differences. Whether a dependence counts as weak depends on the measure.',
      'All models do the same number of multiplications with weights for a token. Deep models do them in more and smaller products, one after the other: each has a fixed cost, and on a machine with many cores they would wait for each other. In addition, the products inside attention and all elementwise work grow with depth times width.',
    ],
    method: [
      `An artificial language: brackets of four kinds, nested at most five deep, and six words, of which three may follow depending on the previous word and on the innermost open bracket. Its entropy follows from the probabilities that generate it. Pre-norm causal Transformers, four heads, ALiBi, weights N(0, 1/D); the feed-forward width is adjusted where depth and width do not divide evenly. ${steps} updates of Adam (peak rate ${learningRate}, cosine) on new batches of ${batch} sequences of ${time}; measured on ${rows} new ones. All shapes use the same learning rate; it was not tuned for each.`,
      'Times are medians over the updates of a training on one thread; the trainings ran one after the other.',
      `The claim holds if the mean losses from two layers on are within ${percent(mild)}, and for all seeds an update of the deepest model takes longer than one of the shallowest. As in the source, the first condition ignores the model with one layer.`,
    ],
  };
}
