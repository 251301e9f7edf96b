import { type RandomStream, randomStream } from '../../../data/batch/shuffle.ts';
import { exactMatch } from '../../../measure/text/exact-match.ts';
import { corpusBleu } from '../../../measure/translation/bleu.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, spreadCurve } from '../../spread.ts';
import {
  pairFeeds,
  type SentencePair,
  type Translator,
  translate,
  translator,
  translatorLoss,
} from '../../toys/translator.ts';
import { lengthFigures, lengthTables } from './figure.ts';
import { type ByLength, heading, prose } from './text.ts';

const [words, width, batch] = [16, 48, 32];
/** Words of the longest training sentence. */
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

/** A sentence of random words, to be reversed. */
function reversed(random: RandomStream, length: number): SentencePair {
  const source = Array.from({ length }, () => random.below(words));
  return { source, target: source.toReversed() };
}

/** A sentence as text, one syllable per word, for BLEU and exact match. */
const spoken = (sentence: readonly number[]): string =>
  sentence.map((id) => `${'bdgkmnst'[id >> 1]}${'ao'[id & 1]}`).join(' ');

/** Scores of one training, by measured length, in [0, 1]. */
interface Scores {
  readonly exact: readonly number[];
  readonly bleu: readonly number[];
}

const train = ({ backend, seeds, budget }: Lab, { translator }: Contestant, report: (share: number) => void) =>
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
    report,
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
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<string, readonly Scores[]>();
    for (const [i, contestant] of contestants.entries()) {
      const { name } = contestant;
      const report = (share: number): void => lab.say((i + 0.95 * share) / contestants.length, name);
      const scores: Scores[] = [];
      for (const trained of await train(lab, contestant, report)) scores.push(await measure(lab, contestant, trained));
      found.set(name, scores);
      lab.say((i + 1) / contestants.length, name);
    }
    const curves = (what: keyof Scores) =>
      new Map([...found].map(([name, scores]) => [name, spreadCurve(scores.map((one) => one[what]))] as const));
    const [exact, bleu] = [curves('exact'), curves('bleu')];
    const at = ({ name }: Contestant, words: number): Spread => exact.get(name)![measured.indexOf(words)];
    const ends = (contestant: Contestant) => ({ short: at(contestant, 5), long: at(contestant, longest) });
    const byLength = (contestant: Contestant): ByLength => ({
      five: at(contestant, 5),
      ten: at(contestant, 10),
      twenty: at(contestant, 20),
      thirty: at(contestant, 30),
    });
    return {
      isShown: isBottleneckShown(ends(plain), ends(attending)),
      ...prose({
        attending: byLength(attending),
        plain: byLength(plain),
        wide: byLength(wide),
        words,
        width,
        longest,
        steps: budgeted(lab, fullSteps, 4),
        learningRate,
        batch,
        rows: budgeted(lab, fullRows, 4),
      }),
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
