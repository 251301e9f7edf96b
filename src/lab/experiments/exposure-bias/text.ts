import type { Heading, Prose } from '../../experiment.ts';
import { figures, percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { follows, isMisheard, words } from '../../toys/own-words.ts';

export const heading: Heading = {
  title: 'A writer that learnt from true words stumbles over its own',
  claim:
    'The discrepancy between how a sequence model is trained, on the true previous token, and used, on its own, can yield errors that accumulate quickly along the generated sequence; a training that reads ever more of its own tokens mends this.',
  source:
    'Bengio et al. 2015, “Scheduled sampling for sequence prediction with recurrent neural networks”; the name exposure bias is Ranzato et al. 2016; for doubts Huszár 2015, “How (not) to train your generative model”',
};

/** How a training did: shares of right words after true words and after its own, of all and of the last quarter. */
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

/** What the text speaks of. */
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

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { noisy, sum, width, batch, length, leastTrue, steps, rows, learningRate } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  const loss = (spread: Spread): string => showSpread(spread, figures);
  return {
    says:
      `Taught with true words, a writer of running sums names ${share(sum.forcing.forced)} correctly after true words and ${share(sum.forcing.free)} after its own, in the last ` +
      `quarter of a sentence ${share(sum.forcing.lastForced)} and ${share(sum.forcing.lastFree)}; a writer of noisy text ${share(noisy.forcing.forced)} and ${share(noisy.forcing.free)}. ` +
      `Scheduled sampling ${verb(noisy.helps)} with noisy text: ${share(noisy.sampling.free)} after its own words, though the loss with true words is ${loss(noisy.sampling.loss)} ` +
      `instead of ${loss(noisy.forcing.loss)}. It ${verb(sum.helps)} with running sums at the same number of updates: ${share(sum.sampling.free)}.`,
    explanation: [
      'With teacher forcing the word before is always right, so the model learns to trust it. When it writes alone the word before is its own; where that is wrong the model is in a place that it never saw in training, and continues from the mistake as if it were the truth. The gap between the dashed lines (true words before it) and the solid ones (its own) is what this costs. A model that makes no mistakes has no such gap: the tasks and the training are chosen so that it makes some.',
      'In noisy text the source goes on and contradicts a mistake, so that a mistake is over within a few words. Scheduled sampling teaches how much the word before is worth when it is the model’s own: less. The price is a worse loss under teacher forcing, which is why that loss is not the number to choose a model by.',
      'In running sums the word before is half of the task: true, it makes the task an addition of two numbers; wrong, the whole sum must be known from the source. Sampling takes the easy lesson away before it is learnt, and demands the right sum after a wrong one. Whether it pays depends on whether the way back from a mistake can be learnt within the given training.',
    ],
    method: [
      `Model: recurrent_seq2seq, one GRU layer of width ${width} on either side, encoder in both directions, additive attention. ${steps} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences of one length, uniform in 1 … ${length}. Scheduled sampling reads the true word with a probability that falls linearly from 1 to ${leastTrue} over the first four fifths of the updates, else its own best one; in everything else the trainings are alike.`,
      `Noisy text: each of ${words} words is followed by the next one in ${follows} %, else by any; the source is the sentence in which ${isMisheard} % of the words are replaced by any. Running sum: the source is random numbers below ${words}, the target their sums so far modulo ${words}.`,
      `Measured on ${rows} new sentences of ${length} words: the best word after the true ones, and greedy decoding.`,
      'The claim holds when in both tasks, for all seeds, true words are worth at least 5 points more in the last quarter of a sentence than in the first under teacher forcing, and scheduled sampling names more words correctly after its own.',
    ],
  };
}
