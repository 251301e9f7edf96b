import { median } from 'd3-array';
import { budgeted, type Experiment, type Json, type Lab } from '../../experiment.ts';
import { figures } from '../../pages/number-text.ts';
import { type Spread, showSpread, spreadOf } from '../../spread.ts';
import { growthTable, threadTable, timeFigures, workTable } from './figure.ts';
import { layerWork } from './layer-work.ts';
import {
  attentionLayer,
  type Contestant,
  type Layer,
  type Pass,
  passes,
  recurrentLayer,
  timed,
  tokenwiseLayer,
  width,
} from './timed-layer.ts';

const lengths = [8, 16, 32, 64, 128, 256];
const tokens = 1024;
const [shortest, longest] = [lengths[0], lengths[lengths.length - 1]];
const [fullRounds, fullThreadRounds] = [15, 15];
/** A layer whose time grows by less counts as one that does not mind length. */
const leastGrowth = 1.5;

const layers = [recurrentLayer, attentionLayer, tokenwiseLayer];
const contestants: readonly Contestant[] = layers.flatMap((layer) =>
  passes.map((pass) => ({ layer, pass, threads: 1 })),
);
/** Equally many tokens first, then a sequence alone. */
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

/** How much faster two threads are than one, for every layer, in sequences of the greatest length. */
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
  title: 'Steps that wait for each other',
  claim:
    'Recurrent models factor computation along the positions of a sequence; this inherently sequential nature precludes parallelization within a sequence, which becomes critical at longer sequence lengths. A self-attention layer connects all positions with a constant number of sequential operations.',
  source: 'Vaswani et al. 2017, “Attention is all you need”, sections 1 and 4, table 1',
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
    const grown = (layer: Layer, pass: Pass): string =>
      showSpread(spreadOf(growths.find((one) => one.layer === layer && one.pass === pass)!.growth), (x) => figures(x));
    const said = (pass: Pass): string =>
      `${pass} the LSTM takes ${grown(recurrentLayer, pass)} times as long, the attention layer ${grown(attentionLayer, pass)} times and the feed-forward layer ${grown(tokenwiseLayer, pass)} times`;
    const works = layers.map((layer) => layerWork(layer, lengths));
    const [recurrence, attention] = works;
    const last = lengths.length - 1;
    return {
      isShown: isWaitingShown(growths),
      says:
        `${tokens.toLocaleString('en-US')} tokens in sequences of ${longest} instead of ${shortest}: ${passes.map(said).join('; ')}. ` +
        `The LSTM’s longest chain of products that wait for each other has ${recurrence.inSequence[0]} and then ${recurrence.inSequence[last]} of them, that of attention ${attention.inSequence[0]} and ${attention.inSequence[last]}.`,
      explanation: [
        'All three layers multiply each token by equally many weights. The recurrent layer cannot begin with a token before it has finished the one before: a sequence of T tokens takes T products, one after the other, each as small as the batch is. In long sequences, of which fewer fit into a batch of the same tokens, the products become vectors times a matrix: the weights must be fetched anew for each step, and no width of the machine helps. The other two multiply all tokens in one go.',
        'Attention has its own price: every token looks at every other, and the products of scores and values add 2·T·D multiplications a token to the 8·D² of the weights. They become as many at T = 4·D, and the scores must be written and read besides. Where its curve rises, that is why; but all of it may be done at the same time.',
        'One thread of a processor already is parallel hardware: it multiplies many numbers at a time, and keeps a matrix close by while many tokens use it. With more cores, or a graphics processor with thousands of them, the curves of the layers that do not wait sink further and that of the recurrent layer does not. The number of products in sequence is what remains on a machine without limits.',
        'Where a curve of one sequence is level at its left end, it is the fixed cost of a call.',
      ],
      method: [
        `Layers of width D = ${width} with 8·D² weights each: an LSTM; a Transformer block of four heads with a feed-forward network of 2·D; a feed-forward network of 4·D. Input: vectors of random signs. Forward: the output. Forward and backward: the gradients by the input and all weights. Each is compiled once for all lengths.`,
        `Wall time of one thread. In each of ${rounds} rounds a seed every layer takes its turn at every length. Curves are medians over rounds, bands the least and greatest seed. Growth is the median of ratios of times of the same round.`,
        'Products in sequence are the longest chain of matrix products in the graph, each of which needs the one before; the path is the number of steps between the first token and what stands at the last, by definition.',
        `The claim counts as shown when for all seeds, in both passes, equally many tokens take the LSTM at least ${leastGrowth} times as long in sequences of ${longest} as in sequences of ${shortest}, and its time grows more than that of attention.`,
      ],
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
