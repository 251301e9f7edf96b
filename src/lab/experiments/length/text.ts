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

/** Share of sentences without errors, by length in words. */
export interface ByLength {
  readonly five: Spread;
  readonly ten: Spread;
  readonly twenty: Spread;
  readonly thirty: Spread;
}

/** The numbers that the text uses. */
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

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { attending, plain, wide, words, width, longest, steps, learningRate, batch, rows } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  return {
    says:
      `Without attention ${share(plain.five)} of the sentences of 5 words are completely right, ${share(plain.ten)} of 10 and ${share(plain.twenty)} of 20 words; ` +
      `with states twice as wide ${share(wide.five)}, ${share(wide.ten)} and ${share(wide.twenty)}. With attention ${share(attending.five)}, ${share(attending.ten)} and ${share(attending.twenty)}. ` +
      `At 30 words, half as long again as any in training, ${share(attending.thirty)} with attention and ${share(plain.thirty)} without.`,
    explanation: [
      'The task is to reverse a sentence of random words. Without attention the decoder gets only one vector: it must contain every word, because random words cannot be guessed. The vector is as wide for twenty words as for two. Long sentences start right and end in invented words; BLEU, which also counts the correct parts, falls more slowly than the share of sentences without errors.',
      'A wider vector moves the decline to longer sentences but does not prevent it. With attention the decoder looks up the word that it needs, and its state only keeps track of the position: sentences of all trained lengths are equally good.',
      'Beyond the trained lengths attention alone does not help: the decoder must find positions that it never reached in training. If it fails, the curve drops to the right of the dotted line.',
    ],
    method: [
      `Models: recurrent_seq2seq, one GRU layer on each side, bidirectional encoder, vectors and states of width ${width} (${2 * width} for the wide one); attention with additive scores of the decoder’s last state, as in the paper. Nothing else differs.`,
      `Data: sentences of 1 … ${longest} of ${words} words, uniform; the target is the reversed sentence. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0; gradients clipped at norm 1) on new batches of ${batch} sentences of one length. Greedy decoding of ${rows} new sentences of each length, the same for every model.`,
      'The claim holds if for all seeds, without attention (at equal width), fewer than half as many sentences of 20 words as of 5 are completely right, and with attention at least nine tenths as many.',
    ],
  };
}
