import { randomStream } from '../../../data/batch/shuffle.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { geometricSpread, type Spread, smoothed, spreadCurve, spreadOf } from '../../spread.ts';
import { shiftedTokens } from '../../toys/shifted-token.ts';
import { forEachVariant } from '../../variant.ts';
import { initialWeights } from '../../weights.ts';
import { deepLoss, layerTraces, type StackParts } from './deep-stack.ts';
import { alikeFigure, curvesFigure, gradientFigure, type LossScale, rateFigure, rateTable } from './figure.ts';
import { heading, prose } from './text.ts';

const shape = { symbols: 8, time: 10, width: 32, layers: 12 };
const [rows, fullSteps, every, lastSteps] = [16, 250, 10, 20];
const rates = [3e-4, 1e-3, 3e-3, 1e-2];
const scale: LossScale = { guessing: Math.log(shape.symbols), most: 2.5 };

/** An arrangement of residuals and normalisation. */
interface Arrangement extends StackParts {
  readonly name: string;
}

const norms = { pre: 'norm before', post: 'norm after', none: 'no norm' } as const;
const arrangements: readonly Arrangement[] = [true, false].flatMap((hasResidual) =>
  (['pre', 'post', 'none'] as const).map((normPlace) => ({
    hasResidual,
    normPlace,
    name: `${hasResidual ? 'residual' : 'no residual'}, ${norms[normPlace]}`,
  })),
);
const [pre, post, unnormalised, bare] = arrangements;

/** A loss for the averages: diverged losses count as the maximum. */
export const counted = (loss: number): number => (Number.isFinite(loss) ? Math.min(loss, scale.most) : scale.most);

/** The losses of every rate and seed, [rate][seed][step]; the graphs are compiled once. */
async function lossesOf(lab: Lab, parts: Arrangement, report: (share: number) => void) {
  const { backend, seeds } = lab;
  const fits = await fit(
    backend,
    {
      loss: (root) => deepLoss(root, shape, parts),
      batch: (random) => shiftedTokens(random, rows, shape),
      steps: budgeted(lab, fullSteps, 4),
      learningRate: rates.flatMap((rate) => seeds.map(() => rate)),
      warmupSteps: 0,
    },
    rates.flatMap(() => seeds),
    report,
  );
  return rates.map((_, i) =>
    fits.slice(i * seeds.length, (i + 1) * seeds.length).map(({ losses }) => losses.map(counted)),
  );
}

/**
 * How similar the vectors of a sequence are: the mean cosine between different positions. `hidden`: [B, T, D].
 */
export function likeness({ shape: [batch, time, width], data }: HostTensor): number {
  let sum = 0;
  for (let row = 0; row < batch; row++) {
    const vectors = Array.from({ length: time }, (_, t) => {
      const vector = Array.from(data.subarray((row * time + t) * width, (row * time + t + 1) * width), Number);
      const norm = Math.hypot(...vector) || 1;
      return vector.map((value) => value / norm);
    });
    // |Σ v|² is the sum of all cosines, including each with itself.
    const total = vectors[0].map((_, d) => vectors.reduce((all, vector) => all + vector[d], 0));
    sum += (total.reduce((all, value) => all + value ** 2, 0) - time) / (time * (time - 1));
  }
  return sum / batch;
}

/** Before training, for every seed: the norm of the gradient and the similarity of positions, by layer. */
const beforeTraining = ({ backend, seeds }: Lab, parts: Arrangement) =>
  evaluating(
    backend,
    (root) => layerTraces(root, shape, parts),
    async (evaluation) => {
      const [gradients, alike]: number[][][] = [[], []];
      const layers = Array.from({ length: shape.layers }, (_, layer) => layer);
      for (const seed of seeds) {
        const feeds = shiftedTokens(randomStream(seed, 0), 64, shape);
        const values = await evaluation.run(initialWeights(evaluation.parameters, seed), feeds);
        gradients.push(layers.map((layer) => Math.sqrt(Number(values[`square.${layer}`].data[0]))));
        alike.push(layers.map((layer) => likeness(values[`hidden.${layer}`])));
      }
      return { gradients, alike };
    },
  );

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Last losses at the best rate: of pre-norm, post-norm, no norm, and pre-norm without residuals. */
export interface LastLosses {
  readonly pre: Spread;
  readonly post: Spread;
  readonly unnormalised: Spread;
  readonly bare: Spread;
}

/** Whether for all seeds pre-norm is below the models without residuals, without norms, and with post-norm. */
export const arePartsShown = ({ pre, post, unnormalised, bare }: LastLosses): boolean =>
  pre.max < Math.min(post.min, unnormalised.min, bare.min);

export const residualNorm: Experiment = {
  name: 'residual-norm',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const all = await forEachVariant(
      arrangements,
      async (parts, report) => ({
        ...(await beforeTraining(lab, parts)),
        losses: await lossesOf(lab, parts, report),
      }),
      (share, { name }) => lab.say(share, name),
    );
    const last = new Map(
      [...all].map(([parts, { losses }]) => [
        parts,
        losses.map((runs) => spreadOf(runs.map((run) => average(run.slice(-lastSteps))))),
      ]),
    );
    const bestRate = (parts: Arrangement): number => {
      const means = (last.get(parts) as readonly Spread[]).map(({ mean }) => mean);
      return means.indexOf(Math.min(...means));
    };
    const best = (parts: Arrangement): Spread => (last.get(parts) as readonly Spread[])[bestRate(parts)];
    const named = <T>(of: (parts: Arrangement) => T): ReadonlyMap<string, T> =>
      new Map(arrangements.map((parts) => [parts.name, of(parts)]));
    const curves = named((parts) =>
      spreadCurve((all.get(parts)?.losses[bestRate(parts)] ?? []).map((run) => smoothed(run, every))),
    );
    const gradients = named((parts) => spreadCurve(all.get(parts)?.gradients ?? [], geometricSpread));
    const alike = named((parts) => spreadCurve(all.get(parts)?.alike ?? []));
    const byRate = named((parts) => last.get(parts) as readonly Spread[]);
    const end = (parts: Arrangement): number => (alike.get(parts.name) as readonly Spread[])[shape.layers - 1].mean;
    const first = (parts: Arrangement): number => (gradients.get(parts.name) as readonly Spread[])[0].mean;
    return {
      isShown: arePartsShown({
        pre: best(pre),
        post: best(post),
        unnormalised: best(unnormalised),
        bare: best(bare),
      }),
      ...prose({
        best: arrangements.map((parts) => ({ name: parts.name, rate: rates[bestRate(parts)], loss: best(parts) })),
        gradient: { pre: first(pre), post: first(post), unnormalised: first(unnormalised) },
        alike: { pre: end(pre), bare: end(bare) },
        shape,
        scale,
        rates,
        steps: budgeted(lab, fullSteps, 4),
        lastSteps,
        batch: rows,
      }),
      figures: [
        curvesFigure(curves, every, shape.layers, scale),
        rateFigure(rates, byRate, scale),
        alikeFigure(alike),
        gradientFigure(gradients),
      ],
      tables: [rateTable(rates, byRate)],
      data: {
        rates,
        loss_by_step: Object.fromEntries(
          [...all].map(([{ name }, { losses }]) => [
            name,
            losses.map((runs) => runs.map((run) => smoothed(run, every))),
          ]),
        ),
        likeness_by_layer: Object.fromEntries([...all].map(([{ name }, { alike }]) => [name, alike])),
        gradient_norm_by_layer: Object.fromEntries([...all].map(([{ name }, { gradients }]) => [name, gradients])),
      },
    };
  },
};
