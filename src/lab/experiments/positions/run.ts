import { randomStream } from '../../../data/batch/shuffle.ts';
import type { CausalModel } from '../../../models/body/causal.ts';
import { positionSchemes } from '../../../nn/index.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { type Spread, spreadCurve, spreadOf } from '../../spread.ts';
import { keysAndValues, keyValueVocabulary } from '../../toys/key-value.ts';
import { causalModel, labelledTokenLoss, likeliestTokens, shareFound } from '../../toys/labelled-token.ts';
import { findFirst, firstVocabulary, whichCameFirst, whichCameFirstLoss } from '../../toys/which-came-first.ts';
import { forEachVariant } from '../../variant.ts';
import { extrapolationFigure, extrapolationTable, orderFigure } from './figure.ts';
import { heading, prose } from './text.ts';

const schemes = Object.keys(positionSchemes);
/** A decoder without positions, next to the encoders of every scheme. */
const blindDecoder = 'none, decoder';
const [width, layers, rows] = [32, 2, 32];
const [orderTime, orderSteps, orderRows] = [16, 400, 512];
/** The length of training sequences, the longest test length, and the positions per window. */
const [trained, longest, stride] = [24, 96, 12];
const [recallSteps, recallRows] = [900, 256];
const learningRate = 3e-3;
/** 12, 24, … 96. */
const windowEnds: readonly number[] = Array.from({ length: longest / stride }, (_, i) => (i + 1) * stride);
const windows = { ends: windowEnds, trained };

const languageModel = (scheme: string, vocabulary: number): CausalModel =>
  causalModel({
    vocab_size: vocabulary,
    pad_token_id: vocabulary - 1,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: 4,
    intermediate_size: 2 * width,
    initializer_range: width ** -0.5,
    position_embedding_type: scheme,
  });

/** How often a model is right about which of two tokens came first, for every seed. */
async function orderAccuracies(lab: Lab, reader: string, report: (share: number) => void): Promise<readonly number[]> {
  const shape = { width, layers };
  const model = reader === blindDecoder ? languageModel('none', firstVocabulary) : undefined;
  const batch = (random: ReturnType<typeof randomStream>, count: number) => {
    const { feeds, causal } = whichCameFirst(random, count, orderTime);
    return model ? causal : feeds;
  };
  const fits = await fit(
    lab.backend,
    {
      loss: (root) => (model ? labelledTokenLoss(root, model) : whichCameFirstLoss(root, reader, shape)),
      batch: (random) => batch(random, rows),
      steps: budgeted(lab, orderSteps, 4),
      learningRate,
    },
    lab.seeds,
    report,
  );
  return evaluating(
    lab.backend,
    (root) => (model ? likeliestTokens(root, model) : findFirst(root, reader, shape)),
    async (evaluation) => {
      const accuracies: number[] = [];
      for (const { seed, weights } of fits) {
        const count = budgeted(lab, orderRows, 16);
        const { feeds, causal } = whichCameFirst(randomStream(seed, 0), count, orderTime);
        const { found } = await evaluation.run(weights, model ? causal : feeds);
        const place = (row: number): number => (model ? (row + 1) * orderTime - 1 : row);
        const right = Array.from(feeds.first.data, Number).filter((one, row) => one === Number(found.data[place(row)]));
        accuracies.push(right.length / count);
      }
      return accuracies;
    },
  );
}

/**
 * How often a key's value is named correctly, by position: for every seed the accuracies of the windows from 0 to
 * `longest`.
 */
async function recallByPlace(lab: Lab, scheme: string, report: (share: number) => void) {
  const model = languageModel(scheme, keyValueVocabulary);
  const fits = await fit(
    lab.backend,
    {
      loss: (root) => labelledTokenLoss(root, model),
      batch: (random) => keysAndValues(random, rows, trained),
      steps: budgeted(lab, recallSteps, 4),
      learningRate,
    },
    lab.seeds,
    report,
  );
  return evaluating(
    lab.backend,
    (root) => likeliestTokens(root, model),
    async (evaluation) => {
      const curves: (readonly number[])[] = [];
      for (const { seed, weights } of fits) {
        const { input_ids, labels } = keysAndValues(randomStream(seed, 0), budgeted(lab, recallRows, 8), longest);
        const { found } = await evaluation.run(weights, { input_ids });
        curves.push(windowEnds.map((end) => shareFound(labels, found, end - stride, end)));
      }
      return curves;
    },
  );
}

/** Measurements of every scheme, over seeds. */
export interface PositionsMeasured {
  /** Accuracy of the first task, by model. */
  readonly order: ReadonlyMap<string, Spread>;
  /** Accuracy of every window, by scheme. */
  readonly recall: ReadonlyMap<string, readonly Spread[]>;
}

/** One half, and how far chance can deviate from it in 512 rows. */
const [half, luck] = [0.5, 0.1];

/**
 * Whether an encoder without positions guesses, and one scheme that learned its task loses more beyond its training
 * length than another.
 */
export function isOrderShown({ order, recall }: PositionsMeasured): boolean {
  const blind = order.get('none') as Spread;
  const at = (scheme: string, length: number) => recall.get(scheme)?.[windowEnds.indexOf(length)] as Spread;
  return (
    Math.max(half - blind.min, blind.max - half) < luck &&
    (order.get('sinusoidal') as Spread).min > half + 2 * luck &&
    at('alibi', longest).min > at('sinusoidal', longest).max &&
    at('alibi', longest).min > at('learned', longest).max
  );
}

export const positions: Experiment = {
  name: 'positions',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const orders = await forEachVariant(
      [...schemes, blindDecoder],
      (reader, report) => orderAccuracies(lab, reader, report),
      (share, reader) => lab.say(share / 3, `${reader}: which came first`),
    );
    const recalls = await forEachVariant(
      schemes,
      (scheme, report) => recallByPlace(lab, scheme, report),
      (share, scheme) => lab.say((1 + 2 * share) / 3, `${scheme}: values of keys`),
    );
    const order = new Map([...orders].map(([name, values]) => [name, spreadOf(values)]));
    const recall = new Map([...recalls].map(([name, curves]) => [name, spreadCurve(curves)]));
    const at = (scheme: string, length: number): Spread => recall.get(scheme)?.[windowEnds.indexOf(length)] as Spread;
    const falls = schemes
      .map((scheme) => ({ scheme, from: at(scheme, trained).mean, to: at(scheme, longest).mean }))
      .sort((a, b) => b.to - a.to);
    return {
      isShown: isOrderShown({ order, recall }),
      ...prose({
        order: {
          none: order.get('none') as Spread,
          sinusoidal: order.get('sinusoidal') as Spread,
          alibi: order.get('alibi') as Spread,
          decoder: order.get(blindDecoder) as Spread,
        },
        falls,
        luck,
        width,
        layers,
        learningRate,
        batch: rows,
        first: { time: orderTime, steps: budgeted(lab, orderSteps, 4), rows: budgeted(lab, orderRows, 16) },
        keys: {
          trained,
          longest,
          stride,
          steps: budgeted(lab, recallSteps, 4),
          rows: budgeted(lab, recallRows, 8),
        },
      }),
      figures: [extrapolationFigure(recall, windows), orderFigure(order)],
      tables: [extrapolationTable(recall, windows)],
      data: {
        order_accuracy: Object.fromEntries(orders),
        recall_accuracy: { window_ends: windowEnds, ...Object.fromEntries(recalls) },
      },
    };
  },
};
