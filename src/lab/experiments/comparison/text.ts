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
    'Vaswani et al. 2017, “Attention is all you need”, section 4, table 1; for attention in a recurrent network Bahdanau, Cho & Bengio 2015',
};

const { words, width } = contestantSize;

/** The numbers that the text uses. */
export interface Found {
  readonly compared: readonly Compared[];
  readonly steps: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { compared, steps, rows } = found;
  const read = steps * batch;
  const each = (show: (one: Compared) => string): string =>
    compared.map((one) => `${one.name} ${show(one)}`).join(', ');
  return {
    says:
      `After ${read.toLocaleString('en-US')} sentences, this share of the sentences of ${longest} words is reversed without errors: ${each(({ whole }) => showSpread(whole[lengths.indexOf(longest)], percent))}. ` +
      `Training on a pair of T words takes this many matrix products in sequence: ${each(({ need }) => showStraight(need.inSequence))}. ` +
      `Numbers kept while decoding: ${each(({ need }) => showStraight(need.state))}.`,
    explanation: [
      'Each step in this history gains something at a price. RNN, LSTM and GRU keep a state of fixed size, however long the sentence: the cheapest memory, and too small for long sentences. Gates use it better, but do not make it grow. Attention keeps a vector for each word of the source and looks it up: memory grows with the sentence, and distant words are one step away. The Transformer also drops the recurrence: its memory grows with its output too, and in training no step waits for another.',
      'While decoding, the Transformer waits like the others, because a word must be chosen before the next one can be computed. The steps in the table are those of training, where all words of the target are known. A recurrent network that looks words up at every step waits longest.',
      'The Transformer has no built-in order, and must learn from positions what a recurrent network has by construction. With little data this has a cost: compare the number of sentences until the loss is halved. Note that the models differ in parameters, and that one small task with random words is not a language.',
      'Milliseconds and words per second are those of a tiny model on one thread, where fixed costs dominate. A separate experiment shows how time grows with length: time-length.',
    ],
    method: [
      `Encoder–decoders with vectors and states of width ${width}: recurrent_seq2seq of one layer, without attention it reads from left to right, with attention in both directions (additive scores of the decoder’s last state); transformer_seq2seq with two layers and four heads on each side, pre-norm, sinusoidal positions. Parameters and steps are counted in their graphs; the numbers kept are those of the decoding state.`,
      `Data: sentences of 1 … ${longest} of ${words} words, uniform; the target is the reversed sentence. ${steps} updates of Adam on new batches of ${batch} sentences of one length, with a peak learning rate of ${contestants[0].learningRate} for the RNN and ${contestants[1].learningRate} for the others, falling to 0. Greedy decoding of ${rows} new sentences of each length, the same for all models of a seed. The loss counts as halved when its mean over ${window} updates is below half of that of guessing words, ln ${words}.`,
      'Times are wall times of one thread: medians over updates, and one pass of greedy decoding.',
      `The claim holds if for all seeds the models with a path of one step reverse more sentences of ${longest} words completely than every other model, and one of them takes the same number of steps in sequence at every length, while every model without attention takes more steps for longer sentences.`,
    ],
  };
}
