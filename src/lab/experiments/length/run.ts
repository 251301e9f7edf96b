import { type RandomStream, randomStream } from '../../../data/batch/shuffle.ts';
import { exactMatch } from '../../../measure/text/exact-match.ts';
import { corpusBleu } from '../../../measure/translation/bleu.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { percent } from '../../pages/number-text.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, showSpread, spreadCurve } from '../../spread.ts';
import {
  pairFeeds,
  type SentencePair,
  type Translator,
  translate,
  translator,
  translatorLoss,
} from '../../toys/translator.ts';
import { lengthFigures, lengthTables } from './figure.ts';

const [words, width, batch] = [16, 48, 32];
/** Words of the longest sentence of a training. */
const longest = 20;
const measured = [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 25, 30];
const [fullSteps, fullRows, learningRate] = [1500, 100, 5e-3];

interface Contestant {
  readonly name: string;
  readonly translator: Translator;
}

const attending: Contestant = {
  name: 'with attention',
  translator: translator({ words, width }, { attention: 'additive', attention_query: 'previous' }),
};
const plain: Contestant = {
  name: 'without attention',
  translator: translator({ words, width }, { attention: 'none' }),
};
const wide: Contestant = {
  name: 'without, twice as wide',
  translator: translator({ words, width: 2 * width }, { attention: 'none' }),
};
const contestants = [attending, plain, wide];

/** A sentence of random words, to be written backwards. */
function reversed(random: RandomStream, length: number): SentencePair {
  const source = Array.from({ length }, () => random.below(words));
  return { source, target: source.toReversed() };
}

/** A sentence as text, a syllable for each word: what BLEU and exact match compare. */
const spoken = (sentence: readonly number[]): string =>
  sentence.map((id) => `${'bdgkmnst'[id >> 1]}${'ao'[id & 1]}`).join(' ');

/** Scores of one training, by measured length, in [0, 1]. */
interface Scores {
  readonly exact: readonly number[];
  readonly bleu: readonly number[];
}

const train = ({ backend, seeds, budget }: Lab, { translator }: Contestant, told: (share: number) => void) =>
  fit(
    backend,
    {
      loss: (root) => translatorLoss(root, translator),
      batch(random) {
        const length = 1 + random.below(longest);
        const pairs = Array.from({ length: batch }, () => reversed(random, length));
        return pairFeeds(pairs, translator);
      },
      steps: budgeted({ budget }, fullSteps, 4),
      schedule: 'linear',
      learningRate,
    },
    seeds,
    told,
  );

/** New sentences of every length, the same for every model of a seed. */
async function measure(lab: Lab, { translator }: Contestant, { seed, weights }: Fit): Promise<Scores> {
  const rows = budgeted(lab, fullRows, 4);
  const random = randomStream(seed, 0);
  const pairs = measured.map((length) => Array.from({ length: rows }, () => reversed(random, length)));
  const sources = pairs.flat().map(({ source }) => source);
  const found = await translate(lab.backend, translator, weights, sources, measured[measured.length - 1] + 5);
  const [exact, bleu]: number[][] = [[], []];
  for (const [i, own] of pairs.entries()) {
    const hypotheses = found.slice(i * rows, (i + 1) * rows).map(spoken);
    const references = [own.map(({ target }) => spoken(target))];
    exact.push(exactMatch(hypotheses, references));
    bleu.push(corpusBleu(hypotheses, references, { tokenize: 'none', effectiveOrder: true }).score / 100);
  }
  return { exact, bleu };
}

/** Whether long sentences are lost without attention and kept with it: exact match of short and long ones. */
export const isBottleneckShown = (
  without: { readonly short: Spread; readonly long: Spread },
  withIt: { readonly short: Spread; readonly long: Spread },
): boolean => without.long.max < 0.5 * without.short.min && withIt.long.min >= 0.9 * withIt.short.max;

export const length: Experiment = {
  name: 'length',
  title: 'Long sentences do not fit into one vector',
  claim:
    'A network that has to compress all the information of a source sentence into a fixed-length vector has difficulties with long sentences; one that searches the source while it decodes has not.',
  source:
    'Bahdanau, Cho & Bengio 2015, “Neural machine translation by jointly learning to align and translate”, sections 1 and 5.2.2, figure 2; Cho et al. 2014',
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<string, readonly Scores[]>();
    for (const [i, contestant] of contestants.entries()) {
      const { name } = contestant;
      const told = (share: number): void => lab.say((i + 0.95 * share) / contestants.length, name);
      const scores: Scores[] = [];
      for (const trained of await train(lab, contestant, told)) scores.push(await measure(lab, contestant, trained));
      found.set(name, scores);
      lab.say((i + 1) / contestants.length, name);
    }
    const curves = (what: keyof Scores) =>
      new Map([...found].map(([name, scores]) => [name, spreadCurve(scores.map((one) => one[what]))] as const));
    const [exact, bleu] = [curves('exact'), curves('bleu')];
    const at = ({ name }: Contestant, words: number): Spread => exact.get(name)![measured.indexOf(words)];
    const ends = (contestant: Contestant) => ({ short: at(contestant, 5), long: at(contestant, longest) });
    const shown = (contestant: Contestant, words: number): string => showSpread(at(contestant, words), percent);
    return {
      isShown: isBottleneckShown(ends(plain), ends(attending)),
      says:
        `Without attention ${shown(plain, 5)} of the sentences of 5 words come out whole, ${shown(plain, 10)} of 10 and ${shown(plain, 20)} of 20 words; ` +
        `with states twice as wide ${shown(wide, 5)}, ${shown(wide, 10)} and ${shown(wide, 20)}. With attention ${shown(attending, 5)}, ${shown(attending, 10)} and ${shown(attending, 20)}. ` +
        `At 30 words, half as many again as any in the training, ${shown(attending, 30)} with attention and ${shown(plain, 30)} without.`,
      explanation: [
        'The task is to write a sentence of random words backwards. Without attention all that the decoder ever gets is one vector: every word must be in it, and nothing about random words can be left out or guessed. The vector is as wide for twenty words as for two. Long sentences come out with a right beginning and an invented rest; BLEU, which counts the right parts too, sinks more slowly than the share of faultless sentences.',
        'A wider vector moves the fall to longer sentences, it does not end it. With attention the decoder looks up the word that it needs, and what it keeps in its state is only where it is: sentences of all trained lengths come out alike.',
        'Beyond the trained lengths attention is no cure by itself: a place that was never reached in training must still be found. Where that fails the curve drops on the right of the dotted line.',
      ],
      method: [
        `Models: recurrent_seq2seq, one GRU layer on either side, encoder in both directions, vectors and states of width ${width} (${2 * width} for the wide one); attention with additive scores of the decoder’s last state, as in the paper. Nothing else differs.`,
        `Data: sentences of 1 … ${longest} of ${words} words, uniform, target the sentence backwards. ${budgeted(lab, fullSteps, 4)} updates of Adam (peak rate ${learningRate}, falling to 0; gradients clipped at norm 1) on new batches of ${batch} sentences of one length. Greedy decoding of ${budgeted(lab, fullRows, 4)} new sentences of each length, the same ones for every model.`,
        'The claim counts as shown when for all seeds, without attention (of equal width), fewer than half as many sentences of 20 words come out whole as of 5, and with attention at least nine tenths as many.',
      ],
      figures: lengthFigures(measured, longest, exact, bleu),
      tables: lengthTables(measured, exact, bleu),
      data: {
        lengths: measured,
        ...Object.fromEntries(
          [...found].map(([name, scores]) => [
            name,
            { exact_match: scores.map(({ exact }) => exact), bleu: scores.map(({ bleu }) => bleu) },
          ]),
        ),
      },
    };
  },
};
