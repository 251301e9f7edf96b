import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { classes, offsets, reach, words } from '../../toys/neighbour-tagger.ts';

export const heading: Heading = {
  title: 'Reading from the other side reveals what comes later',
  claim:
    'A bidirectional recurrent network can use all past and future input of a position in a sequence; an ordinary one sees the future only as far as its output is delayed.',
  source:
    'Schuster & Paliwal 1997, “Bidirectional recurrent neural networks”, sections I and II; Graves & Schmidhuber 2005, “Framewise phoneme classification with bidirectional LSTM”, which compares delays too',
};

/** Share named right, mean of the words before a word and of those after it. */
export interface Sides {
  readonly before: Spread;
  readonly after: Spread;
}

/** The numbers that the text uses. */
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

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { forward, both, late, width, time, batch, steps, rows, learningRate } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  const guess = percent(1 / classes);
  return {
    says:
      `Of the classes of the ${reach} words before a word, one direction names ${share(forward.before)} correctly, both directions ${share(both.before)}; of those of the ${reach} words ` +
      `after it ${share(forward.after)}, where guessing gives ${guess}, and ${share(both.after)}. One direction that answers ${reach} words late names ` +
      `${share(late.before)} of the former and ${share(late.after)} of the latter.`,
    explanation: [
      'At each word, a recurrent network that reads from left to right knows only what it has read so far. No training can teach it the next word, because it has not seen it. In real text the past hints at what follows, which hides the gap; the words here are drawn independently, so only reading can help.',
      'A second network that reads from right to left adds the other half. Both are half as wide here, so that word vectors are equally wide and the model is no larger: the gain comes from the direction, not from size.',
      'The older solution is to answer late. It reaches exactly as far as the delay, and one state must keep everything in between. It helps if the relevant future is near, and it is the only way if the text is still being spoken.',
    ],
    method: [
      `Models: recurrent_encoder, one LSTM layer, vectors of width ${width}, state of width ${width} in one direction or ${width / 2} in each of two; a linear layer gives every word ${offsets.length} tags of ${classes} classes. Initial weights as in PyTorch.`,
      `Data: sentences of ${time} of ${words} words, uniform and independent, each word of one of ${classes} classes; a word’s tags are its own class and those of the ${reach} words before and after it. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences; measured on ${rows} new sentences, at words with ${reach} neighbours on each side.`,
      `The claim holds if for all seeds, on average over the ${reach} words after, one direction stays within 5 points of guessing and both directions name more than 80 %, and over those before, both directions are at most 10 points below one.`,
    ],
  };
}
