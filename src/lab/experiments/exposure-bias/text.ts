import type { Heading, Prose } from '../../experiment.ts';
import { figures, percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { follows, isMisheard, words } from '../../toys/own-words.ts';

export const heading: Heading = {
  title: 'A model trained on correct words stumbles over its own',
  claim:
    'The discrepancy between how a sequence model is trained, on the true previous token, and used, on its own, can yield errors that accumulate quickly along the generated sequence; a training that reads more and more of its own tokens reduces this.',
  source:
    'Bengio et al. 2015, “Scheduled sampling for sequence prediction with recurrent neural networks”; the name exposure bias is Ranzato et al. 2016; for doubts Huszár 2015, “How (not) to train your generative model”',
};

/**
 * Results of a training: shares of correct words after true words and after its own, over whole sentences and in the
 * last quarter.
 */
export interface TrainingFound {
  readonly forced: Spread;
  readonly free: Spread;
  readonly lastForced: Spread;
  readonly lastFree: Spread;
  readonly loss: Spread;
}

/** Both trainings of a task, and whether the second helped. */
export interface TaskFound {
  readonly forcing: TrainingFound;
  readonly sampling: TrainingFound;
  readonly helps: boolean;
}

/** The numbers that the text uses. */
export interface Found {
  readonly noisy: TaskFound;
  readonly sum: TaskFound;
  readonly width: number;
  readonly batch: number;
  readonly length: number;
  readonly leastTrue: number;
  readonly steps: number;
  readonly rows: number;
  readonly learningRate: number;
}

const verb = (helps: boolean): string => (helps ? 'helps' : 'does not help');

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { noisy, sum, width, batch, length, leastTrue, steps, rows, learningRate } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  const loss = (spread: Spread): string => showSpread(spread, figures);
  return {
    says:
      `Trained on true words, a model that writes running sums gets ${share(sum.forcing.forced)} right after true words and ${share(sum.forcing.free)} after its own; in the last ` +
      `quarter of a sentence ${share(sum.forcing.lastForced)} and ${share(sum.forcing.lastFree)}; a model that writes noisy text ${share(noisy.forcing.forced)} and ${share(noisy.forcing.free)}. ` +
      `Scheduled sampling ${verb(noisy.helps)} with noisy text: ${share(noisy.sampling.free)} after its own words, though the loss with true words is ${loss(noisy.sampling.loss)} ` +
      `instead of ${loss(noisy.forcing.loss)}. It ${verb(sum.helps)} with running sums at the same number of updates: ${share(sum.sampling.free)}.`,
    explanation: [
      'With teacher forcing the previous word is always right, so the model learns to trust it. When it writes on its own, the previous word is its own. If that word is wrong, the model is in a state that it never saw in training, and continues from the mistake as if it were true. The gap between the dashed lines (true words before it) and the solid ones (its own) is the cost. A model that makes no mistakes has no such gap, so the tasks and the training are chosen so that it makes some.',
      'In noisy text the source continues and contradicts a mistake, so the model recovers within a few words. Scheduled sampling teaches it to trust its own previous word less. The price is a worse loss under teacher forcing, so do not select a model by that loss.',
      'In running sums the previous word is half of the task. If it is right, the model adds two numbers; if it is wrong, the model must know the whole sum from the source. Sampling takes the easy lesson away before the model has learned it, and demands the right sum after a wrong one. Whether it helps depends on whether the model can learn to recover from a mistake within the given training.',
    ],
    method: [
      `Model: recurrent_seq2seq, one GRU layer of width ${width} on each side, bidirectional encoder, additive attention. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences of one length, uniform in 1 … ${length}. Scheduled sampling reads the true word with a probability that falls linearly from 1 to ${leastTrue} over the first four fifths of the updates, otherwise the model’s own best word; the trainings are otherwise identical.`,
      `Noisy text: each of ${words} words is followed by the next one with a probability of ${follows} %, otherwise by a random one; the source is the sentence with ${isMisheard} % of the words replaced by random ones. Running sum: the source is random numbers below ${words}, the target their sums so far modulo ${words}.`,
      `Measured on ${rows} new sentences of ${length} words: the best word after true words, and greedy decoding.`,
      'The claim holds if in both tasks, for all seeds, the gain from true words under teacher forcing is at least 5 points larger in the last quarter of a sentence than in the first, and scheduled sampling gets more words right after its own.',
    ],
  };
}
