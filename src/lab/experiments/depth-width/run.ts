import { median } from 'd3-array';
import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, spreadOf } from '../../spread.ts';
import { bracketSentences, bracketVocabulary } from '../../toys/bracket-language.ts';
import { causalModel, labelledTokenLoss } from '../../toys/labelled-token.ts';
import { forEachVariant } from '../../variant.ts';
import { depthFigure, type ShapeMeasured, shapeTable, timeFigure } from './figure.ts';
import { heading, prose } from './text.ts';

/** Matrix elements in all blocks: those of one layer of width 64. */
const budget = 12 * 64 ** 2;
const shapes = [
  [1, 64],
  [2, 44],
  [4, 32],
  [8, 24],
  [16, 16],
].map(([layers, width]) => ({ layers, width, innerWidth: innerWidthFor(layers, width) }));
type Shape = (typeof shapes)[number];

const [rows, time, fullSteps, fullRows, learningRate] = [16, 32, 700, 256, 3e-3];
/** Losses that differ by no more than this count as equal. */
const mild = 0.05;

/** The feed-forward width at which L layers of width D fill the budget with matrices: 4·D² + 2·D·F each. */
export function innerWidthFor(layers: number, width: number): number {
  return Math.round((budget / layers - 4 * width ** 2) / (2 * width));
}

const modelOf = ({ layers, width, innerWidth }: Shape) =>
  causalModel({
    vocab_size: bracketVocabulary,
    pad_token_id: bracketVocabulary - 1,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    intermediate_size: innerWidth,
    initializer_range: width ** -0.5,
    position_embedding_type: 'alibi',
    tie_word_embeddings: false,
  });

/** Results of one seed. */
interface Run {
  readonly loss: number;
  readonly entropy: number;
  readonly milliseconds: number;
}

async function runsOf(lab: Lab, shape: Shape, report: (share: number) => void) {
  const model = modelOf(shape);
  const ends = new Map<number, number[]>(lab.seeds.map((seed) => [seed, []]));
  const fits = await fit(
    lab.backend,
    {
      loss: (root) => labelledTokenLoss(root, model),
      batch: (random) => bracketSentences(random, rows, time).feeds,
      steps: budgeted(lab, fullSteps, 8),
      learningRate,
      schedule: 'cosine',
    },
    lab.seeds,
    (share, seed) => {
      ends.get(seed)?.push(performance.now());
      report(share);
    },
  );
  const evaluated = await evaluating(
    lab.backend,
    (root) => ({ loss: labelledTokenLoss(root, model) }),
    async (evaluation) => {
      const runs: Run[] = [];
      for (const { seed, weights } of fits) {
        const { feeds, entropy } = bracketSentences(randomStream(seed, 0), budgeted(lab, fullRows, 8), time);
        const { loss } = await evaluation.run(weights, feeds);
        const at = ends.get(seed) as number[];
        const milliseconds = median(at.slice(1).map((end, i) => end - at[i])) as number;
        runs.push({ loss: Number(loss.data[0]), entropy, milliseconds });
      }
      return { runs, names: [...evaluation.parameters] };
    },
  );
  const parameters = evaluated.names
    .filter(([name]) => name.startsWith('model.layers.'))
    .reduce((sum, [, { shape }]) => sum + shape.reduce((n, size) => n * size, 1), 0);
  return { runs: evaluated.runs, parameters };
}

/** The numbers that decide the verdict. */
export type ShapeLoss = Pick<ShapeMeasured, 'layers' | 'loss' | 'milliseconds'>;

/** How much the largest mean loss of the shapes with two or more layers exceeds the smallest, as a share of it. */
export function lossRange(measured: readonly ShapeLoss[]): number {
  const losses = measured.filter(({ layers }) => layers > 1).map(({ loss }) => loss.mean);
  return Math.max(...losses) / Math.min(...losses) - 1;
}

/**
 * Whether shapes with two or more layers have nearly the same loss, and the deepest takes longer than the shallowest
 * for all seeds.
 */
export const isShapeShown = (measured: readonly ShapeLoss[]): boolean =>
  lossRange(measured) < mild && measured[measured.length - 1].milliseconds.min > measured[0].milliseconds.max;

export const depthWidth: Experiment = {
  name: 'depth-width',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const all = await forEachVariant(
      shapes,
      (shape, report) => runsOf(lab, shape, report),
      (share, { layers, width }) => lab.say(share, `${layers} layers of width ${width}`),
      1,
    );
    const of = (shape: Shape, what: keyof Run): Spread =>
      spreadOf((all.get(shape)?.runs ?? []).map((run) => run[what]));
    const measured: readonly ShapeMeasured[] = shapes.map((shape) => ({
      ...shape,
      parameters: all.get(shape)?.parameters ?? 0,
      loss: of(shape, 'loss'),
      milliseconds: of(shape, 'milliseconds'),
    }));
    const entropy = of(shapes[0], 'entropy').mean;
    return {
      isShown: isShapeShown(measured),
      ...prose({
        measured,
        entropy,
        range: lossRange(measured),
        mild,
        steps: budgeted(lab, fullSteps, 8),
        learningRate,
        batch: rows,
        time,
        rows: budgeted(lab, fullRows, 8),
      }),
      figures: [depthFigure(measured, entropy), timeFigure(measured)],
      tables: [shapeTable(measured)],
      data: {
        shapes: shapes.map((shape, i) => ({ ...shape, parameters: measured[i].parameters })),
        loss: shapes.map((shape) => (all.get(shape)?.runs ?? []).map(({ loss }) => loss)),
        entropy: shapes.map((shape) => (all.get(shape)?.runs ?? []).map(({ entropy }) => entropy)),
        milliseconds: shapes.map((shape) => (all.get(shape)?.runs ?? []).map(({ milliseconds }) => milliseconds)),
      },
    };
  },
};
