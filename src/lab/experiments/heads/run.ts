import { mean } from 'd3-array';
import { randomStream } from '../../../data/batch/shuffle.ts';
import { outputProjection } from '../../../nn/index.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { type Evaluation, evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, spreadCurve, spreadOf } from '../../spread.ts';
import { nameRelated, relatedTokens, relationLoss, relations } from '../../toys/relation.ts';
import { forEachVariant } from '../../variant.ts';
import type { Weights } from '../../weights.ts';
import { lookFigure, qualityFigure, qualityTable, withoutFigure } from './figure.ts';
import { heading, prose } from './text.ts';

const [width, time, rows] = [64, 16, 32];
const counts = [1, 2, 4, 8, 16, 32, 64];
/** The model whose heads are shown and removed. */
const shown = 8;
const [fullSteps, fullRows, learningRate] = [500, 256, 3e-3];
const offsets = Array.from({ length: 13 }, (_, i) => i - 6);

/** Measurements of one seed's model. */
interface Measured {
  /** For every relation. */
  readonly accuracies: readonly number[];
  /** Mean weight by head and offset. */
  readonly looks: readonly (readonly number[])[];
  /** The loss by head and relation when the head is removed. */
  readonly drops: readonly (readonly number[])[];
}

/** How often the tokens of each relation were named correctly. */
const rightBy = (labels: HostTensor, found: HostTensor): readonly number[] =>
  relations.map((_, r) => {
    const asked = [...labels.data.keys()].filter((i) => i % relations.length === r && Number(labels.data[i]) >= 0);
    return asked.filter((i) => Number(labels.data[i]) === Number(found.data[i])).length / asked.length;
  });

/** Mean weight at an offset, over all positions that have a token there. `weights`: [B, H, T, T]. */
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

/** The weights with one head's output set to zero: its columns of the output projection. */
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

async function trainAndMeasure(lab: Lab, heads: number, report: (share: number) => void): Promise<readonly Measured[]> {
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
    report,
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
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const measured = await forEachVariant(
      counts,
      (count, report) => trainAndMeasure(lab, count, report),
      (share, count) => lab.say(share, `${count} heads`),
    );
    const overall = (all: readonly Measured[]) => all.map(({ accuracies }) => mean(accuracies) as number);
    const quality = new Map([...measured].map(([count, all]) => [count, spreadOf(overall(all))]));
    const each = new Map(
      [...measured].map(([count, all]) => [count, spreadCurve(all.map(({ accuracies }) => accuracies))]),
    );
    const of = (count: number): Spread => quality.get(count) as Spread;
    const best = counts.reduce((a, b) => (of(b).mean > of(a).mean ? b : a));
    const [[one], eight] = [measured.get(1) as readonly Measured[], measured.get(shown) as readonly Measured[]];
    /** Heads that cost less than one hundredth of any relation. */
    const idle = eight.map(({ drops }) => drops.filter((row) => Math.max(...row) < 0.01).length);
    const rowsOf = ({ looks }: Measured) =>
      looks.map((weights, head) => ({ name: `${head + 1} of ${looks.length}`, weights }));
    return {
      isShown: isHeadNumberShown(quality),
      ...prose({
        quality,
        best,
        shown,
        idle: spreadOf(idle),
        width,
        time,
        steps: budgeted(lab, fullSteps, 4),
        learningRate,
        batch: rows,
        rows: budgeted(lab, fullRows, 4),
      }),
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
