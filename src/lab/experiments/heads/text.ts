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
    'Vaswani et al. 2017, “Attention is all you need”, sections 3.2.2 and 6.2, table 3 (A); for heads with a task of their own Voita et al. 2019, “Analyzing multi-head self-attention”; for heads that are not missed Michel et al. 2019, “Are sixteen heads really better than one?”',
};

/** What the text speaks of. */
export interface Found {
  /** Share named right by number of heads, the fewest first. */
  readonly quality: ReadonlyMap<number, Spread>;
  /** The number of heads that named most right. */
  readonly best: number;
  /** The model whose heads are taken away, and how many of them could go. */
  readonly shown: number;
  readonly idle: Spread;
  readonly width: number;
  readonly time: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly rows: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { quality, best, shown, idle, width, time, steps, learningRate, batch, rows } = found;
  const most = Math.max(...quality.keys());
  const told = (count: number): string => `${showSpread(quality.get(count) as Spread, percent)} with ${count}`;
  return {
    says:
      `Of the tokens that stand at ${relations.map(signed).join(', ')} a layer of width ${width} names right ${told(1)} head, ${told(2)}, ${told(4)}, ${told(best)} (the best) and ${told(most)} heads of width ${width / most}; ` +
      `guessing gives ${percent(relationChance)}. Of ${shown} heads ${showSpread(idle, (n) => n.toFixed(n % 1 ? 1 : 0))} can be removed one at a time without any relation losing a hundredth.`,
    explanation: [
      'A head makes one weighted mean. Where four different tokens are wanted it can look at all four, but then it gets their sum, in which nobody can tell which was where; or at one, and lose the others. With several heads each has its own mean in its own part of the vector, and the linear layer after them keeps them apart. One head does more than one relation here: it looks at both neighbours, at one more than at the other (first row of the map), and a sum of two tokens with different weights can be taken apart again afterwards. It gives up on farther ones.',
      'At equal width more heads are narrower heads. A score is a product of vectors of the head’s width, and to point at one place among sixteen that takes some dimensions: with one or two a head can only aim roughly, and the whole learns more slowly, or not in this many updates.',
      'The map shows which head does what. Training alone decides that: it differs from seed to seed. More heads than relations share a task, and then any one of them can go without being missed. That says nothing about removing several.',
    ],
    method: [
      `Sequences of ${time} random tokens of 12 kinds. For every token the tokens at ${relations.map(signed).join(', ')} are to be named, each by a linear layer over the vector of a pre-norm Transformer encoder of one layer, width ${width}, feed-forward width ${2 * width}, sinusoidal positions, weights N(0, 1/D). ${steps} updates of Adam (peak rate ${learningRate}) on new batches of ${batch}; measured on ${rows} new sequences. All models have the same number of parameters.`,
      'A head is removed by setting its columns of the output projection to zero, without further training.',
      'The claim holds when for all seeds the model of one head and that of the most heads are below the model of the best number.',
    ],
  };
}
