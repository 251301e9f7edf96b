import type { Heading, Prose } from '../../experiment.ts';
import { figures, percent } from '../../number-text.ts';
import { showSpread } from '../../spread.ts';
import type { ShapeMeasured } from './figure.ts';

export const heading: Heading = {
  title: 'Depth or width for the same parameters',
  claim:
    'Transformer performance depends very weakly on the shape parameters, depth and width, when the total number of parameters without embeddings is held fixed.',
  source:
    'Kaplan et al. 2020, “Scaling laws for neural language models”, section 3.1, figure 5, where models of one layer are an exception; for depth that pays on other tasks and costs time Tay et al. 2022, “Scale efficiently”',
};

/** What the text speaks of. */
export interface Found {
  /** From the shallowest to the deepest. */
  readonly measured: readonly ShapeMeasured[];
  /** Of the language. */
  readonly entropy: number;
  /** By how much the losses of two layers and more differ, as a share, and how much counts as alike. */
  readonly range: number;
  readonly mild: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Sequences of a batch, their tokens, and the sequences that are measured. */
  readonly batch: number;
  readonly time: number;
  readonly rows: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { measured, entropy, range, mild, steps, learningRate, batch, time, rows } = found;
  const [shallow, deep] = [measured[0], measured[measured.length - 1]];
  const best = measured.reduce((a, b) => (b.loss.mean < a.loss.mean ? b : a));
  const above = ({ loss }: ShapeMeasured): string => figures(loss.mean - entropy);
  return {
    says:
      `With about ${Math.round(shallow.parameters / 1000)},000 parameters in the blocks each, models of ${measured.map(({ layers }) => layers).join(', ')} layers have losses of ${measured.map(({ loss }) => showSpread(loss, (x) => x.toFixed(3))).join(', ')}; ` +
      `the language’s own entropy is ${entropy.toFixed(3)}. From two layers on the losses lie within ${percent(range)}; the best has ${best.layers} ${best.layers === 1 ? 'layer' : 'layers'}. ` +
      `Above the entropy, though, they are ${measured.map(above).join(', ')}. An update takes ${figures(shallow.milliseconds.mean)} ms with 1 layer and ${figures(deep.milliseconds.mean)} ms with ${deep.layers}.`,
    explanation: [
      'A block has about 12·D² parameters: half the width pays for four times the depth. An attention layer can fetch something for a token from other tokens, but only the next layer can use what it made of that. One layer alone cannot find out which bracket is still open, since it must first find out which ones are closed. The first two points of the figure show what that costs: little, since most of the loss depends on the word before. With many layers each must be so narrow that few numbers are left for all it knows about a token.',
      'Look at the loss above the entropy of the language before you believe that shape does not matter at all: most of the loss is what no model can know, and that hides the differences. What counts as weak depends on the measure.',
      'With their weight matrices all models do the same number of multiplications for a token. The deep ones do them in more and smaller products, one after the other: each has a fixed cost, and on a machine with many cores they would wait for each other. In addition, attention’s own products and everything elementwise grow with depth times width.',
    ],
    method: [
      `A made-up language: brackets of four kinds, nested at most five deep, and six words, of which three may follow depending on the word before and on the innermost open bracket. Its entropy is known from the shares that make it. Pre-norm causal Transformers, four heads, ALiBi, weights N(0, 1/D); the feed-forward width makes up for what depth and width do not divide evenly. ${steps} updates of Adam (peak rate ${learningRate}, cosine) on new batches of ${batch} sequences of ${time}; measured on ${rows} new ones. One learning rate for all: no better one was searched for each shape.`,
      'Times are medians over the updates of a training, one after the other on one thread.',
      `The claim holds when the mean losses from two layers on lie within ${percent(mild)}, and an update of the deepest model takes longer than one of the shallowest for all seeds. The model of one layer is left out of the first condition, as in the source.`,
    ],
  };
}
