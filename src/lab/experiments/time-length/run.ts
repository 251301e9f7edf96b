import { median } from 'd3-array';
import { budgeted, type Experiment, type Json, type Lab } from '../../experiment.ts';
import { type Spread, spreadOf } from '../../spread.ts';
import { growthTable, threadTable, timeFigures, workTable } from './figure.ts';
import { type LayerWork, layerWork } from './layer-work.ts';
import { heading, prose } from './text.ts';
import {
  attentionLayer,
  type Contestant,
  type Layer,
  type Pass,
  passes,
  recurrentLayer,
  timed,
  tokenwiseLayer,
} from './timed-layer.ts';

const lengths = [8, 16, 32, 64, 128, 256];
const tokens = 1024;
const [shortest, longest] = [lengths[0], lengths[lengths.length - 1]];
const [fullRounds, fullThreadRounds] = [15, 15];
/** A layer whose time grows by less counts as independent of length. */
const leastGrowth = 1.5;

const layers = [recurrentLayer, attentionLayer, tokenwiseLayer];
const contestants: readonly Contestant[] = layers.flatMap((layer) =>
  passes.map((pass) => ({ layer, pass, threads: 1 })),
);
/** First the same number of tokens, then a single sequence. */
const shapes = [
  ...lengths.map((time) => ({ rows: tokens / time, time })),
  ...lengths.map((time) => ({ rows: 1, time })),
];

const middle = (values: readonly number[]): number => median(values) as number;

/** The median over rounds of a ratio whose sides were timed in the same round. */
export const pairedRatio = (above: readonly number[], below: readonly number[]): number =>
  middle(above.map((value, round) => value / below[round]));

/** Growth of a layer's time from the shortest to the longest sequences. */
export interface Growth {
  readonly layer: Layer;
  readonly pass: Pass;
  /** For every seed. */
  readonly growth: readonly number[];
}

/** Whether in every pass and for every seed the recurrent layer's time grows clearly, and more than that of attention. */
export const isWaitingShown = (growths: readonly Growth[]): boolean =>
  passes.every((pass) => {
    const of = (layer: Layer) => growths.find((one) => one.layer === layer && one.pass === pass)?.growth ?? [];
    return of(recurrentLayer).every((growth, seed) => growth >= leastGrowth && growth > of(attentionLayer)[seed]);
  });

/** How much faster two threads are than one, for every layer, in sequences of the largest length. */
async function speedups(lab: Lab): Promise<ReadonlyMap<Layer, Spread>> {
  const pairs = layers.flatMap((layer) => [1, 2].map((threads) => ({ layer, pass: passes[0], threads })));
  const shape = { rows: tokens / longest, time: longest };
  const times = await timed(lab, pairs, [shape], budgeted(lab, fullThreadRounds, 3));
  return new Map(
    layers.map((layer, i) => [
      layer,
      spreadOf(lab.seeds.map((_, s) => pairedRatio(times[2 * i][0][s], times[2 * i + 1][0][s]))),
    ]),
  );
}

export const timeLength: Experiment = {
  name: 'time-length',
  ...heading,
  async run(lab) {
    const part = (from: number, to: number): Lab => ({
      ...lab,
      say: (share, next) => lab.say(from + share * (to - from), next),
    });
    const rounds = budgeted(lab, fullRounds, 3);
    const times = await timed(part(0, 0.9), contestants, shapes, rounds);
    const faster = await speedups(part(0.9, 1));
    const at = (layer: Layer, pass: Pass) =>
      times[contestants.findIndex((one) => one.layer === layer && one.pass === pass)];
    const curve = (layer: Layer, pass: Pass, first: number): readonly Spread[] =>
      lengths.map((_, i) => spreadOf(at(layer, pass)[first + i].map(middle)));
    const curves = (pass: Pass, first: number) =>
      new Map(layers.map((layer) => [layer, curve(layer, pass, first)] as const));
    const growths: readonly Growth[] = contestants.map(({ layer, pass }) => {
      const all = at(layer, pass);
      const last = all[lengths.length - 1];
      return { layer, pass, growth: all[0].map((short, s) => pairedRatio(last[s], short)) };
    });
    const grown = (layer: Layer, pass: Pass): Spread =>
      spreadOf(growths.find((one) => one.layer === layer && one.pass === pass)!.growth);
    const works = layers.map((layer) => layerWork(layer, lengths));
    const [recurrence, attention] = works;
    const chain = ({ inSequence }: LayerWork): readonly [number, number] => [
      inSequence[0],
      inSequence[lengths.length - 1],
    ];
    return {
      isShown: isWaitingShown(growths),
      ...prose({
        growth: passes.map((pass) => ({
          pass,
          recurrent: grown(recurrentLayer, pass),
          attention: grown(attentionLayer, pass),
          tokenwise: grown(tokenwiseLayer, pass),
        })),
        recurrentChain: chain(recurrence),
        attentionChain: chain(attention),
        tokens,
        shortest,
        longest,
        rounds,
        leastGrowth,
      }),
      figures: timeFigures(
        lengths,
        tokens,
        new Map(passes.map((pass) => [pass, curves(pass, 0)])),
        curves('forward', lengths.length),
      ),
      tables: [workTable(lengths, works), growthTable(lengths, growths), threadTable(longest, faster)],
      data: {
        lengths,
        tokens,
        milliseconds: contestants.map(({ layer, pass }) => ({
          layer: layer.name,
          pass,
          equal_tokens: at(layer, pass)
            .slice(0, lengths.length)
            .map((seeds) => seeds.map(middle)),
          one_sequence: at(layer, pass)
            .slice(lengths.length)
            .map((seeds) => seeds.map(middle)),
        })),
        growth: growths.map(({ layer, pass, growth }) => ({ layer: layer.name, pass, growth })),
        work: works.map(({ layer, inSequence, inSequenceBothWays, perToken }) => ({
          layer: layer.name,
          products_in_sequence: inSequence,
          products_in_sequence_both_ways: inSequenceBothWays,
          multiply_adds_a_token: perToken,
        })),
        two_threads: [...faster].map(([{ name }, speedup]) => ({ layer: name, ...speedup })),
      } satisfies Json,
    };
  },
};
