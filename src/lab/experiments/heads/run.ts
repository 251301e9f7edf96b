import { mean } from 'd3-array';
import { randomStream } from '../../../data/batch/shuffle.ts';
import { outputProjection } from '../../../nn/index.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { type Evaluation, evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { percent } from '../../pages/number-text.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, showSpread, spreadCurve, spreadOf } from '../../spread.ts';
import { nameRelated, relatedTokens, relationChance, relationLoss, relations } from '../../toys/relation.ts';
import { forEachVariant } from '../../variant.ts';
import type { Weights } from '../../weights.ts';
import { lookFigure, qualityFigure, qualityTable, signed, withoutFigure } from './figure.ts';

const [width, time, rows] = [64, 16, 32];
const counts = [1, 2, 4, 8, 16, 32, 64];
/** The model whose heads are looked at and taken away. */
const shown = 8;
const [fullSteps, fullRows, learningRate] = [500, 256, 3e-3];
const offsets = Array.from({ length: 13 }, (_, i) => i - 6);

/** What was measured of one seed's model. */
interface Measured {
  /** For every relation. */
  readonly accuracies: readonly number[];
  /** Mean weight by head and offset. */
  readonly looks: readonly (readonly number[])[];
  /** What is lost by head and relation when the head is missing. */
  readonly drops: readonly (readonly number[])[];
}

/** How often the tokens of each relation were named right. */
const rightBy = (labels: HostTensor, found: HostTensor): readonly number[] =>
  relations.map((_, r) => {
    const asked = [...labels.data.keys()].filter((i) => i % relations.length === r && Number(labels.data[i]) >= 0);
    return asked.filter((i) => Number(labels.data[i]) === Number(found.data[i])).length / asked.length;
  });

/** Mean weight of what stands at an offset, over all places where something stands there. `weights`: [B, H, T, T]. */
const looksOf = ({ shape: [batch, heads], data }: HostTensor): readonly (readonly number[])[] =>
  Array.from({ length: heads }, (_, head) =>
    offsets.map((offset) => {
      const from = Math.max(0, -offset);
      const to = Math.min(time, time - offset);
      let sum = 0;
      for (let row = 0; row < batch; row++)
        for (let t = from; t < to; t++) sum += Number(data[((row * heads + head) * time + t) * time + t + offset]);
      return sum / (batch * (to - from));
    }),
  );

/** The weights with what one head says set to zero: its columns of the output projection. */
export function withoutHead(weights: Weights, head: number, heads: number): Weights {
  const name = Object.keys(weights).find((one) => one.endsWith(`.${outputProjection}.weight`)) as string;
  const { shape, data, type } = weights[name];
  const inner = shape[1];
  const isOwn = (i: number): boolean => Math.floor(((i % inner) * heads) / inner) === head;
  return { ...weights, [name]: { type, shape, data: data.map((value, i) => (isOwn(i) ? 0 : value)) } };
}

async function measure(evaluation: Evaluation, weights: Weights, seed: number, lab: Lab, heads: number) {
  const { labels, ...feeds } = relatedTokens(randomStream(seed, 0), budgeted(lab, fullRows, 4), time);
  const whole = await evaluation.run(weights, feeds);
  const accuracies = rightBy(labels, whole.found);
  const drops: number[][] = [];
  for (let head = 0; heads === shown && head < heads; head++) {
    const { found } = await evaluation.run(withoutHead(weights, head, heads), feeds);
    drops.push(rightBy(labels, found).map((right, r) => accuracies[r] - right));
  }
  return { accuracies, looks: looksOf(whole.weights), drops };
}

async function trainAndMeasure(lab: Lab, heads: number, told: (share: number) => void): Promise<readonly Measured[]> {
  const shape = { width, heads };
  const steps = budgeted(lab, fullSteps, 4);
  const fits = await fit(
    lab.backend,
    {
      loss: (root) => relationLoss(root, shape),
      batch: (random) => relatedTokens(random, rows, time),
      steps,
      learningRate,
    },
    lab.seeds,
    told,
  );
  return evaluating(
    lab.backend,
    (root) => nameRelated(root, shape),
    async (evaluation) => {
      const all: Measured[] = [];
      for (const { seed, weights } of fits) all.push(await measure(evaluation, weights, seed, lab, heads));
      return all;
    },
  );
}

/** Whether one head and the most heads are below the best number of heads for all seeds. */
export function isHeadNumberShown(quality: ReadonlyMap<number, Spread>): boolean {
  const spreads = [...quality.values()];
  const best = spreads.reduce((a, b) => (b.mean > a.mean ? b : a));
  return spreads[0].max < best.min && spreads[spreads.length - 1].max < best.min;
}

export const heads: Experiment = {
  name: 'heads',
  title: 'Several heads for several relations',
  claim:
    'Multi-head attention lets a model attend to several positions at once, which averaging inhibits with a single head; single-head attention is worse than the best setting, and quality also drops off with too many heads.',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, sections 3.2.2 and 6.2, table 3 (A); for heads with a task of their own Voita et al. 2019, “Analyzing multi-head self-attention”; for heads that are not missed Michel et al. 2019, “Are sixteen heads really better than one?”',
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const measured = await forEachVariant(
      counts,
      (count, told) => trainAndMeasure(lab, count, told),
      (share, count) => lab.say(share, `${count} heads`),
    );
    const overall = (all: readonly Measured[]) => all.map(({ accuracies }) => mean(accuracies) as number);
    const quality = new Map([...measured].map(([count, all]) => [count, spreadOf(overall(all))]));
    const each = new Map(
      [...measured].map(([count, all]) => [count, spreadCurve(all.map(({ accuracies }) => accuracies))]),
    );
    const of = (count: number): Spread => quality.get(count) as Spread;
    const best = counts.reduce((a, b) => (of(b).mean > of(a).mean ? b : a));
    const most = counts[counts.length - 1];
    const [[one], eight] = [measured.get(1) as readonly Measured[], measured.get(shown) as readonly Measured[]];
    /** Heads that cost less than one hundredth of any relation. */
    const idle = eight.map(({ drops }) => drops.filter((row) => Math.max(...row) < 0.01).length);
    const rowsOf = ({ looks }: Measured) =>
      looks.map((weights, head) => ({ name: `${head + 1} of ${looks.length}`, weights }));
    const told = (count: number): string => `${showSpread(of(count), percent)} with ${count}`;
    return {
      isShown: isHeadNumberShown(quality),
      says:
        `Of the tokens that stand at ${relations.map(signed).join(', ')} a layer of width ${width} names right ${told(1)} head, ${told(2)}, ${told(4)}, ${told(best)} (the best) and ${told(most)} heads of width ${width / most}; ` +
        `guessing gives ${percent(relationChance)}. Of ${shown} heads ${showSpread(spreadOf(idle), (n) => n.toFixed(n % 1 ? 1 : 0))} can be taken away alone without any relation losing a hundredth.`,
      explanation: [
        'A head makes one weighted mean. Where four different tokens are wanted it can look at all four, but then it gets their sum, in which nobody can tell which was where; or at one, and lose the others. With several heads each has its own mean in its own part of the vector, and the linear layer behind them keeps them apart. One head does more than one relation here: it looks at both neighbours, at one more than at the other (first row of the map), and a sum of two tokens with different weights can be taken apart again behind it. Farther ones it gives up.',
        'At equal width more heads are narrower heads. A score is a product of vectors of the head’s width, and to point at one place among sixteen that takes some dimensions: with one or two a head can only aim roughly, and the whole learns more slowly, or not in this many updates.',
        'The map shows whose task is what, which is not given by anything but training: it differs from seed to seed. More heads than relations share a task, and then any one of them can go without being missed. That says nothing of taking away several.',
      ],
      method: [
        `Sequences of ${time} random tokens of 12 kinds. For every token the tokens at ${relations.map(signed).join(', ')} are to be named, each by a linear layer over the vector of a pre-norm Transformer encoder of one layer, width ${width}, feed-forward width ${2 * width}, sinusoidal positions, weights N(0, 1/D). ${budgeted(lab, fullSteps, 4)} updates of Adam (peak rate ${learningRate}) on new batches of ${rows}; measured on ${budgeted(lab, fullRows, 4)} new sequences. All models have the same number of parameters.`,
        'A head is taken away by setting its columns of the output projection to zero, without further training.',
        'The claim counts as shown when for all seeds the model of one head and that of the most heads are below the model of the best number.',
      ],
      figures: [
        qualityFigure(width, quality),
        lookFigure(offsets, [...rowsOf(one), ...rowsOf(eight[0])]),
        withoutFigure(eight[0].drops),
      ],
      tables: [qualityTable(width, quality, each)],
      data: {
        relations,
        heads: counts,
        accuracy_by_relation: [...measured.values()].map((all) => all.map(({ accuracies }) => accuracies)),
        offsets,
        mean_weight_of_one_head: one.looks,
        mean_weight_by_head: eight.map(({ looks }) => looks),
        loss_without_head: eight.map(({ drops }) => drops),
      },
    };
  },
};
