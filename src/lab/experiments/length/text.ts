import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';

export const heading: Heading = {
  title: 'Long sentences do not fit into one vector',
  claim:
    'A network that has to compress all the information of a source sentence into a fixed-length vector has difficulties with long sentences; one that searches the source while it decodes does not.',
  source:
    'Bahdanau, Cho & Bengio 2015, “Neural machine translation by jointly learning to align and translate”, sections 1 and 5.2.2, figure 2; Cho et al. 2014',
};

/** Share of sentences without a fault, by their words. */
export interface ByLength {
  readonly five: Spread;
  readonly ten: Spread;
  readonly twenty: Spread;
  readonly thirty: Spread;
}

/** What the text speaks of. */
export interface Found {
  readonly attending: ByLength;
  readonly plain: ByLength;
  readonly wide: ByLength;
  readonly words: number;
  readonly width: number;
  readonly longest: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly batch: number;
  readonly rows: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { attending, plain, wide, words, width, longest, steps, learningRate, batch, rows } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  return {
    says:
      `Without attention ${share(plain.five)} of the sentences of 5 words come out whole, ${share(plain.ten)} of 10 and ${share(plain.twenty)} of 20 words; ` +
      `with states twice as wide ${share(wide.five)}, ${share(wide.ten)} and ${share(wide.twenty)}. With attention ${share(attending.five)}, ${share(attending.ten)} and ${share(attending.twenty)}. ` +
      `At 30 words, half as long again as any in the training, ${share(attending.thirty)} with attention and ${share(plain.thirty)} without.`,
    explanation: [
      'The task is to write a sentence of random words backwards. Without attention all that the decoder ever gets is one vector: every word must be in it, and nothing about random words can be left out or guessed. The vector is as wide for twenty words as for two. Long sentences begin right and end in invention; BLEU, which counts the right parts too, falls more slowly than the share of faultless sentences.',
      'A wider vector moves the fall to longer sentences but does not prevent it. With attention the decoder looks up the word that it needs, and its state only keeps track of where it is: sentences of all trained lengths come out alike.',
      'Beyond the trained lengths attention is no cure by itself: a place that was never reached in training must still be found. Where that fails the curve drops on the right of the dotted line.',
    ],
    method: [
      `Models: recurrent_seq2seq, one GRU layer on either side, encoder in both directions, vectors and states of width ${width} (${2 * width} for the wide one); attention with additive scores of the decoder’s last state, as in the paper. Nothing else differs.`,
      `Data: sentences of 1 … ${longest} of ${words} words, uniform, target the sentence backwards. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0; gradients clipped at norm 1) on new batches of ${batch} sentences of one length. Greedy decoding of ${rows} new sentences of each length, the same ones for every model.`,
      'The claim holds when for all seeds, without attention (of equal width), fewer than half as many sentences of 20 words come out whole as of 5, and with attention at least nine tenths as many.',
    ],
  };
}
