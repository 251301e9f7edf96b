import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { relationChance, relations } from '../../toys/relation.ts';
import { signed } from './figure.ts';

export const heading: Heading = {
  title: 'Several heads for several relations',
  claim:
    'Multi-head attention lets a model attend to several positions at once, which averaging inhibits with a single head; single-head attention is worse than the best setting, and quality also drops off with too many heads.',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, sections 3.2.2 and 6.2, table 3 (A); for specialised heads Voita et al. 2019, “Analyzing multi-head self-attention”; for dispensable heads Michel et al. 2019, “Are sixteen heads really better than one?”',
};

/** The numbers that the text uses. */
export interface Found {
  /** Share of correct tokens by number of heads, fewest first. */
  readonly quality: ReadonlyMap<number, Spread>;
  /** The best number of heads. */
  readonly best: number;
  /** The model whose heads are removed, and how many of them are dispensable. */
  readonly shown: number;
  readonly idle: Spread;
  readonly width: number;
  readonly time: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { quality, best, shown, idle, width, time, steps, learningRate, batch, rows } = found;
  const most = Math.max(...quality.keys());
  const shareWith = (count: number): string => `${showSpread(quality.get(count) as Spread, percent)} with ${count}`;
  return {
    says:
      `Of the tokens at offsets ${relations.map(signed).join(', ')} a layer of width ${width} names ${shareWith(1)} head, ${shareWith(2)}, ${shareWith(4)}, ${shareWith(best)} (the best) and ${shareWith(most)} heads of width ${width / most} correctly;  ` +
      `guessing gives ${percent(relationChance)}. Of ${shown} heads ${showSpread(idle, (n) => n.toFixed(n % 1 ? 1 : 0))} can be removed, one at a time, without costing any relation a hundredth.`,
    explanation: [
      'A head computes one weighted mean. If four different tokens are needed, it can attend to all four, but then it gets their sum, which does not show which token was where; or it can attend to one and lose the others. Several heads have one mean each, in separate parts of the vector, and the linear layer after them keeps them apart. Here one head manages more than one relation: it attends to both neighbours, to one more than to the other (first row of the map), and a sum of two tokens with different weights can be separated again. It gives up on more distant tokens.',
      'At equal width, more heads are narrower heads. A score is a product of vectors of the head’s width, and pointing at one position among sixteen takes several dimensions. With one or two, a head can only aim roughly, and the model learns more slowly, or not within these updates.',
      'The map shows which head does what. Training decides that, and it differs between seeds. If there are more heads than relations, heads share a task, and any one of them is dispensable. That says nothing about removing several.',
    ],
    method: [
      `Sequences of ${time} random tokens of 12 kinds. For every token the model must name the tokens at offsets ${relations.map(signed).join(', ')}, each by a linear layer over the vector of a pre-norm Transformer encoder of one layer, width ${width}, feed-forward width ${2 * width}, sinusoidal positions, weights N(0, 1/D). ${steps} updates of Adam (peak rate ${learningRate}) on new batches of ${batch}; measured on ${rows} new sequences. All models have the same number of parameters.`,
      'A head is removed by setting its columns of the output projection to zero, without further training.',
      'The claim holds if for all seeds the models with one head and with the most heads are below the model with the best number.',
    ],
  };
}
