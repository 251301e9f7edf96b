import type { Heading, Prose } from '../../experiment.ts';
import { figures } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { type Pass, width } from './timed-layer.ts';

export const heading: Heading = {
  title: 'Steps that wait for each other',
  claim:
    'Recurrent models factor computation along the positions of a sequence; this inherently sequential nature precludes parallelization within a sequence, which becomes critical at longer sequence lengths. A self-attention layer connects all positions with a constant number of sequential operations.',
  source: 'Vaswani et al. 2017, “Attention is all you need”, sections 1 and 4, table 1',
};

/** How many times longer each layer takes in the longest sequences. */
export interface PassGrowth {
  readonly pass: Pass;
  readonly recurrent: Spread;
  readonly attention: Spread;
  readonly tokenwise: Spread;
}

/** The numbers that the text uses. */
export interface Found {
  readonly growth: readonly PassGrowth[];
  /** Products in sequence in the shortest and in the longest sequences. */
  readonly recurrentChain: readonly [number, number];
  readonly attentionChain: readonly [number, number];
  readonly tokens: number;
  readonly shortest: number;
  readonly longest: number;
  readonly rounds: number;
  readonly leastGrowth: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { growth, recurrentChain, attentionChain, tokens, shortest, longest, rounds, leastGrowth } = found;
  const times = (spread: Spread): string => showSpread(spread, (x) => figures(x));
  const said = ({ pass, recurrent, attention, tokenwise }: PassGrowth): string =>
    `${pass}, the LSTM takes ${times(recurrent)} times as long, the attention layer ${times(attention)} times and the feed-forward layer ${times(tokenwise)} times`;
  return {
    says:
      `${tokens.toLocaleString('en-US')} tokens in sequences of ${longest} instead of ${shortest}: ${growth.map(said).join('; ')}. ` +
      `The longest chain of products in sequence has ${recurrentChain[0]} and then ${recurrentChain[1]} products in the LSTM, ${attentionChain[0]} and ${attentionChain[1]} in attention.`,
    explanation: [
      'All three layers multiply each token by the same number of weights. The recurrent layer cannot start a token before it has finished the previous one: a sequence of T tokens takes T products in sequence, each as small as the batch. With long sequences, fewer fit into a batch of the same number of tokens, and the products become vector times matrix: the weights must be fetched again for each step, and a wider machine does not help. The other two layers multiply all tokens at once.',
      'Attention has its own price: every token attends to every other, and the products of scores and values add 2·T·D multiplications per token to the 8·D² of the weights. The two are equal at T = 4·D, and the scores must be written and read as well. So its curve rises, but all of it can be done in parallel.',
      'Even a single thread is parallel hardware: it multiplies many numbers at a time, and keeps a matrix in cache while many tokens use it. With more cores, or a graphics processor with thousands of them, the curves of the layers that do not wait fall further, and that of the recurrent layer does not. On a machine without limits only the number of products in sequence would remain.',
      'If the curve of a single sequence is level at its left end, that is the fixed cost of a call.',
    ],
    method: [
      `Layers of width D = ${width} with 8·D² weights each: an LSTM; a Transformer block of four heads with a feed-forward network of 2·D; a feed-forward network of 4·D. Input: vectors of random signs. Forward: the output. Forward and backward: the gradients with respect to the input and all weights. Each is compiled once for all lengths.`,
      `Wall time of one thread. In each of ${rounds} rounds per seed, every layer takes a turn at every length. Curves are medians over rounds, bands the smallest and largest seed. Growth is the median of ratios of times of the same round.`,
      'Products in sequence are the longest chain of matrix products in the graph in which each needs the previous one; the path is the number of steps between the first token and the output at the last, by definition.',
      `The claim holds if for all seeds, in both passes, the same number of tokens takes the LSTM at least ${leastGrowth} times as long in sequences of ${longest} as in sequences of ${shortest}, and its time grows more than that of attention.`,
    ],
  };
}
