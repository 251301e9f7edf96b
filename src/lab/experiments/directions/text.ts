import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { classes, offsets, reach, words } from '../../toys/neighbour-tagger.ts';

export const heading: Heading = {
  title: 'What comes later is read from the other side',
  claim:
    'A bidirectional recurrent network can use all input of the past and the future of a place in a sequence; an ordinary one sees the future only as far as its output is delayed.',
  source:
    'Schuster & Paliwal 1997, “Bidirectional recurrent neural networks”, sections I and II; Graves & Schmidhuber 2005, “Framewise phoneme classification with bidirectional LSTM”, which compares delays too',
};

/** Share named right, mean of the words before a word and of those after it. */
export interface Sides {
  readonly before: Spread;
  readonly after: Spread;
}

/** What the text speaks of. */
export interface Found {
  readonly forward: Sides;
  readonly both: Sides;
  readonly late: Sides;
  readonly width: number;
  readonly time: number;
  readonly batch: number;
  readonly steps: number;
  readonly rows: number;
  readonly learningRate: number;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { forward, both, late, width, time, batch, steps, rows, learningRate } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  const guess = percent(1 / classes);
  return {
    says:
      `Of the classes of the ${reach} words before a word, one direction names ${share(forward.before)} right, both directions ${share(both.before)}; of those of the ${reach} words ` +
      `after it ${share(forward.after)}, where guessing gives ${guess}, and ${share(both.after)}. One direction that answers ${reach} words late names ` +
      `${share(late.before)} of the former and ${share(late.after)} of the latter.`,
    explanation: [
      'A recurrent net that reads from left to right knows at a word what it has read so far. No training can tell it about the next word: it has not seen that word. In real text the past hints at what follows, which hides the gap; the words here are drawn independently, so that only reading can help.',
      'A second net from right to left brings the other half. Both are half as wide here, so that a word’s vector is as wide and the model no larger: what is gained comes from the direction, not from size.',
      'The older way out is to answer late. It reaches exactly as far as the delay, and everything in between must be kept in one state: it helps where the future that counts is near, and is the only way where the text is still being spoken.',
    ],
    method: [
      `Models: recurrent_encoder, one LSTM layer, vectors of width ${width}, state of width ${width} in one direction or ${width / 2} in each of two; a linear layer gives for every word ${offsets.length} tags of ${classes} classes. Initial weights as in PyTorch.`,
      `Data: sentences of ${time} of ${words} words, uniform and independent, each word of one of ${classes} classes; a word’s tags are its own class and those of the ${reach} words before and after it. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences; measured on ${rows} new sentences, at words with ${reach} neighbours on either side.`,
      `The claim holds when for all seeds, on average over the ${reach} words after, one direction stays within 5 points of guessing and both directions name more than 80 %, and over those before both directions lose at most 10 points to one.`,
    ],
  };
}
