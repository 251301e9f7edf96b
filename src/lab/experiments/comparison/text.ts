import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { showSpread } from '../../spread.ts';
import { contestantSize, contestants } from './contestant.ts';
import type { Compared } from './figure.ts';
import { batch, lengths, longest, window } from './measure.ts';
import { showStraight } from './translator-need.ts';

export const heading: Heading = {
  title: 'From RNN to Transformer, side by side',
  claim:
    'A self-attention layer connects all positions with a constant number of sequentially executed operations, whereas a recurrent layer requires O(n); the shorter the paths between any positions in the input and output sequences, the easier it is to learn long-range dependencies.',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, section 4, table 1; for attention on a recurrent net Bahdanau, Cho & Bengio 2015',
};

const { words, width } = contestantSize;

/** What the text speaks of. */
export interface Found {
  readonly compared: readonly Compared[];
  readonly steps: number;
  readonly rows: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { compared, steps, rows } = found;
  const read = steps * batch;
  const each = (show: (one: Compared) => string): string =>
    compared.map((one) => `${one.name} ${show(one)}`).join(', ');
  return {
    says:
      `After ${read.toLocaleString('en-US')} sentences, this share of the sentences of ${longest} words is written backwards without a fault: ${each(({ whole }) => showSpread(whole[lengths.indexOf(longest)], percent))}. ` +
      `To learn a pair of T words takes this many matrix products one after the other: ${each(({ need }) => showStraight(need.inSequence))}. ` +
      `Numbers kept while writing: ${each(({ need }) => showStraight(need.state))}.`,
    explanation: [
      'Each step of the history buys something and pays for it. RNN, LSTM and GRU keep a state of one size, however long the sentence: the cheapest memory of all, and too small for long ones. Gates use it better, but they do not make it grow. Attention keeps a vector for each word of the source and looks it up: memory grows with the sentence, and what was far away is one step away. The Transformer drops the recurrence as well: what it keeps grows with what it writes too, and while it learns nothing waits.',
      'While it writes, the Transformer waits like the others, since a word must be chosen before the next one can be computed. The steps in the table are those of learning, where all words of the target are known. A recurrent net that looks words up at every step waits the longest of all.',
      'The Transformer has no order built in, and learns from positions what a recurrent net has by construction. With little data that costs: compare the sentences until the loss is halved. Note that the models differ in parameters, and that one small task with random words is not a language.',
      'Milliseconds and words a second are those of a tiny model on one thread, where fixed costs weigh most. How time grows with length is an experiment of its own: time-length.',
    ],
    method: [
      `Encoder–decoders with vectors and states of width ${width}: recurrent_seq2seq of one layer, without attention reading from left to right, with it in both directions (additive scores of the decoder’s last state); transformer_seq2seq of two layers and four heads on either side, pre-norm, sinusoidal positions. Parameters and steps are counted in their graphs, numbers kept are those of the state that decoding carries.`,
      `Data: sentences of 1 … ${longest} of ${words} words, uniform; the target is the sentence backwards. ${steps} updates of Adam on new batches of ${batch} sentences of one length, the peak rate ${contestants[0].learningRate} for the RNN, else ${contestants[1].learningRate}, falling to 0. Greedy decoding of ${rows} new sentences of each length, the same for all models of a seed. The loss is halved when its mean over ${window} updates is below half of that of guessing words, ln ${words}.`,
      'Times are wall times of one thread: medians over updates, and one pass of greedy decoding.',
      `The claim holds when for all seeds the models with a path of one step write more sentences of ${longest} words whole than every other model, and one of them takes the same number of steps in sequence at every length, while every model without attention takes more steps for longer sentences.`,
    ],
  };
}
