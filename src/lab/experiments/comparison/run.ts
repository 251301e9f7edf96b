import { budgeted, type Experiment } from '../../experiment.ts';
import { singleThreaded } from '../../single-thread.ts';
import { spreadCurve, spreadOf } from '../../spread.ts';
import { type Contestant, contestants } from './contestant.ts';
import { type Compared, comparisonFigures, comparisonTable } from './figure.ts';
import { batch, fullRows, fullSteps, lengths, longest, type Run, runsOf } from './measure.ts';
import { heading, prose } from './text.ts';
import { translatorNeed } from './translator-need.ts';

function comparedOf(contestant: Contestant, runs: readonly Run[]): Compared {
  const of = (what: 'milliseconds' | 'speed') => spreadOf(runs.map((run) => run[what]));
  const sentences = runs.map((run) => run.sentences);
  return {
    ...contestant,
    need: translatorNeed(contestant.translator),
    whole: spreadCurve(runs.map((run) => run.whole)),
    sentences: sentences.every(Number.isFinite) ? spreadOf(sentences) : undefined,
    milliseconds: of('milliseconds'),
    speed: of('speed'),
  };
}

/** The numbers that decide the verdict. */
export type ComparedQuality = Pick<Compared, 'path' | 'need' | 'whole'>;

/**
 * Whether the models with a short path reverse more of the longest sentences completely than all others for all seeds,
 * and one of them takes the same number of steps in sequence at every length while the others take more and more.
 */
export function isComparisonShown(compared: readonly ComparedQuality[]): boolean {
  const isShort = ({ path }: ComparedQuality): boolean => path(longest) === path(1);
  const [short, long] = [compared.filter(isShort), compared.filter((one) => !isShort(one))];
  const best = Math.max(...long.map(({ whole }) => whole[whole.length - 1].max));
  return (
    short.every(({ whole }) => whole[whole.length - 1].min > best) &&
    short.some(({ need }) => need.inSequence.slope === 0) &&
    long.every(({ need }) => need.inSequence.slope > 0)
  );
}

export const comparison: Experiment = {
  name: 'comparison',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const all = new Map<Contestant, readonly Run[]>();
    for (const [i, contestant] of contestants.entries()) {
      const report = (share: number): void => lab.say((i + 0.95 * share) / contestants.length, contestant.name);
      all.set(contestant, await runsOf(lab, contestant, report));
      lab.say((i + 1) / contestants.length, contestant.name);
    }
    const compared = [...all].map(([contestant, runs]) => comparedOf(contestant, runs));
    const steps = budgeted(lab, fullSteps, 8);
    return {
      isShown: isComparisonShown(compared),
      ...prose({ compared, steps, rows: budgeted(lab, fullRows, 8) }),
      figures: comparisonFigures(lengths, compared),
      tables: [comparisonTable(lengths, steps * batch, compared)],
      data: Object.fromEntries(
        compared.map(({ name, need, path }, i) => [
          name,
          {
            parameters: need.parameters,
            steps_in_sequence: { ...need.inSequence },
            numbers_kept: { ...need.state },
            path_of_longest: path(longest),
            runs: [...all.values()][i].map(({ whole, sentences, milliseconds, speed }) => ({
              whole: Object.fromEntries(lengths.map((length, l) => [length, whole[l]])),
              sentences_until_halved: Number.isFinite(sentences) ? sentences : null,
              milliseconds_an_update: milliseconds,
              words_a_second: speed,
            })),
          },
        ]),
      ),
    };
  },
};
