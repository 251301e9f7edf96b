import { median } from 'd3-array';
import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { figures, percent } from '../../pages/number-text.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, showSpread, spreadOf } from '../../spread.ts';
import { bracketSentences, bracketVocabulary } from '../../toys/bracket-language.ts';
import { causalModel, labelledTokenLoss } from '../../toys/labelled-token.ts';
import { forEachVariant } from '../../variant.ts';
import { depthFigure, type ShapeMeasured, shapeTable, timeFigure } from './figure.ts';

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
/** Losses of shapes that differ by no more than this count as alike. */
const mild = 0.05;

/** The feed-forward width with which L layers of width D have the budget's matrices: 4·D² + 2·D·F each. */
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

/** What one seed gave. */
interface Run {
  readonly loss: number;
  readonly entropy: number;
  readonly milliseconds: number;
}

async function runsOf(lab: Lab, shape: Shape, told: (share: number) => void) {
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
      told(share);
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

/** What the verdict looks at. */
export type ShapeLoss = Pick<ShapeMeasured, 'layers' | 'loss' | 'milliseconds'>;

/** By how much the greatest mean loss of the shapes with two layers or more is above the least, as a share of that. */
export function lossRange(measured: readonly ShapeLoss[]): number {
  const losses = measured.filter(({ layers }) => layers > 1).map(({ loss }) => loss.mean);
  return Math.max(...losses) / Math.min(...losses) - 1;
}

/** Whether shapes of two layers and more have nearly the same loss, and the deepest takes longer than the shallowest for all seeds. */
export const isShapeShown = (measured: readonly ShapeLoss[]): boolean =>
  lossRange(measured) < mild && measured[measured.length - 1].milliseconds.min > measured[0].milliseconds.max;

export const depthWidth: Experiment = {
  name: 'depth-width',
  title: 'Depth or width for the same parameters',
  claim:
    'Transformer performance depends very weakly on the shape parameters, depth and width, when the total number of parameters without embeddings is held fixed.',
  source:
    'Kaplan et al. 2020, “Scaling laws for neural language models”, section 3.1, figure 5, where models of one layer are an exception; for depth that pays on other tasks and costs time Tay et al. 2022, “Scale efficiently”',
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const all = await forEachVariant(
      shapes,
      (shape, told) => runsOf(lab, shape, told),
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
    const [shallow, deep] = [measured[0], measured[measured.length - 1]];
    const best = measured.reduce((a, b) => (b.loss.mean < a.loss.mean ? b : a));
    const range = lossRange(measured);
    const above = ({ loss }: ShapeMeasured): string => figures(loss.mean - entropy);
    return {
      isShown: isShapeShown(measured),
      says:
        `With about ${Math.round(shallow.parameters / 1000)},000 parameters in the blocks each, models of ${measured.map(({ layers }) => layers).join(', ')} layers have losses of ${measured.map(({ loss }) => showSpread(loss, (x) => x.toFixed(3))).join(', ')}; ` +
        `the language’s own entropy is ${entropy.toFixed(3)}. From two layers on the losses lie within ${percent(range)}; the best has ${best.layers} ${best.layers === 1 ? 'layer' : 'layers'}. ` +
        `Above the entropy, though, they are ${measured.map(above).join(', ')}. An update takes ${figures(shallow.milliseconds.mean)} ms with 1 layer and ${figures(deep.milliseconds.mean)} ms with ${deep.layers}.`,
      explanation: [
        'Parameters of a block are about 12·D²: half the width pays for four times the depth. What a layer of attention can do for a token is to fetch something from other tokens; what it makes of that, only the next layer can use. One layer alone cannot find out which bracket is still open, since which are closed is itself something to be found out. How much that costs is what the first point of the figure says against the second: little, where most of the loss hangs on the word before. Many layers must be so narrow that each has few numbers for all it knows of a token.',
        'Look at the loss above the entropy of the language before you believe that shape does not matter at all: most of the loss is what no model can know, and it hides differences. What counts as weak is a matter of the measure.',
        'In their weight matrices all models make equally many multiplications for a token. The deep ones make them in more, smaller products, one after the other: each has its fixed cost, and on a machine with many cores they would wait for each other. Attention’s own products, and all that goes over the vectors element by element, grow with depth times width besides.',
      ],
      method: [
        `A made-up language: brackets of four kinds, at most five in each other, and six words, of which three may follow depending on the word before and on the innermost open bracket. Its entropy is known from the shares that make it. Pre-norm causal Transformers, four heads, ALiBi, weights N(0, 1/D); the feed-forward width makes up for what depth and width do not divide evenly. ${budgeted(lab, fullSteps, 8)} updates of Adam (peak rate ${learningRate}, cosine) on new batches of ${rows} sequences of ${time}; measured on ${budgeted(lab, fullRows, 8)} new ones. One learning rate for all: a better one for each shape was not searched.`,
        'Times are medians over the updates of a training, one after the other on one thread.',
        `The claim counts as shown when the mean losses from two layers on lie within ${percent(mild)}, and an update of the deepest model takes longer than one of the shallowest for all seeds. One layer is left out of the first, as in the source.`,
      ],
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
