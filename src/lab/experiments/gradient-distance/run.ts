import { randomStream } from '../../../data/batch/shuffle.ts';
import { gradient, input, mul, sum, type Tensor } from '../../../graph/index.ts';
import type { Scope } from '../../../nn/index.ts';
import { evaluating, type Values } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { floats, ids } from '../../feed.ts';
import { fit } from '../../fit.ts';
import { geometricSpread, type Spread, smoothed, spreadCurve } from '../../spread.ts';
import { recallBatch, recallLoss } from '../../toys/recall.ts';
import { recurrentReader, rememberingLstm, transformerReader } from '../../toys/sequence-reader.ts';
import { initialWeights } from '../../weights.ts';
import { decayFigure, decayTable, recallFigure } from './figure.ts';
import { heading, prose, type Reach } from './text.ts';

const size = { vocabulary: 16, width: 64 };
const time = 61;
const [fullBatch, fullSteps, lag, rows] = [32, 500, 20, 32];

const rnn = recurrentReader('RNN (tanh)', 'rnn_tanh', size);
const gru = recurrentReader('GRU', 'gru', size);
const lstm = recurrentReader('LSTM', 'lstm', size);
const remembering = recurrentReader('LSTM, forget bias 1', rememberingLstm(size.width), size);
const transformer = transformerReader('Transformer', size);
const readers = [rnn, lstm, gru, remembering, transformer];
type Reader = (typeof readers)[number];

/** ∂(u·h_T)/∂x at all positions, [B, T, D]; h_T is the state after the last token, `direction` is u. */
function inputGradient(root: Scope, reader: Reader): { readonly dx: Tensor } {
  const { vectors, last } = reader.read(root, input('ids', ['batch', 'time'], 'int32'));
  const shown = sum(mul(last, input('direction', ['batch', size.width])), { axes: [0, 1] });
  return { dx: gradient(shown, [vectors])[0] as Tensor };
}

/** Norms of `dx` [B, T, D] from the last position to the first, as shares of the last one: root mean squares over B. */
function normsFromTheEnd({ dx }: Values): readonly number[] {
  const [batch, length, width] = dx.shape;
  const squares = new Float64Array(length);
  dx.data.forEach((value, i) => {
    squares[length - 1 - (Math.floor(i / width) % length)] += Number(value) ** 2 / batch;
  });
  return [...squares].map((square) => Math.sqrt(square / squares[0]));
}

/** The norms for every seed's initial weights and random tokens. */
const decays = ({ backend, seeds, budget }: Lab, reader: Reader) =>
  evaluating(
    backend,
    (root) => inputGradient(root, reader),
    async (evaluation) => {
      const batch = budgeted({ budget }, fullBatch, 4);
      const runs: (readonly number[])[] = [];
      for (const seed of seeds) {
        const random = randomStream(seed, time);
        const tokens = Int32Array.from({ length: batch * time }, () => random.below(size.vocabulary));
        const signs = Float32Array.from({ length: batch * size.width }, () => 2 * random.below(2) - 1);
        const feeds = { ids: ids([batch, time], tokens), direction: floats([batch, size.width], signs) };
        runs.push(normsFromTheEnd(await evaluation.run(initialWeights(evaluation.parameters, seed), feeds)));
      }
      return runs;
    },
  );

/** Losses of learning to name the first token `lag` tokens later, for every seed. */
async function recallLosses({ backend, seeds, budget }: Lab, reader: Reader, report: (share: number) => void) {
  const plan = {
    loss: (root: Scope) => recallLoss(root, reader, size),
    batch: (random: ReturnType<typeof randomStream>) => recallBatch(random, rows, lag, size),
    steps: budgeted({ budget }, fullSteps, 4),
    learningRate: 3e-3,
  };
  return (await fit(backend, plan, seeds, report)).map(({ losses }) => smoothed(losses, 10));
}

export const gradientDistance: Experiment = {
  name: 'gradient-distance',
  ...heading,
  async run(lab) {
    const runs = new Map<Reader, readonly (readonly number[])[]>();
    const losses = new Map<Reader, readonly (readonly number[])[]>();
    for (const [i, reader] of readers.entries()) {
      runs.set(reader, await decays(lab, reader));
      const report = (share: number): void => lab.say((i + share) / readers.length, `${reader.name} learns to recall`);
      losses.set(reader, await recallLosses(lab, reader, report));
    }
    const curves = new Map(readers.map(({ name }, i) => [name, spreadCurve(runs.get(readers[i])!, geometricSpread)]));
    const learnt = new Map(readers.map(({ name }, i) => [name, spreadCurve(losses.get(readers[i])!)]));
    const at = (reader: Reader, k: number): Spread => curves.get(reader.name)![k];
    const gated = [lstm, gru, remembering];
    const isShown =
      at(rnn, 20).max < Math.min(...gated.map((reader) => at(reader, 20).min)) &&
      at(transformer, 60).min > Math.max(...[rnn, ...gated].map((reader) => at(reader, 60).max));
    const reach = (reader: Reader): Reach => ({ twenty: at(reader, 20).mean, sixty: at(reader, 60).mean });
    return {
      isShown,
      ...prose({
        rnn: reach(rnn),
        lstm: reach(lstm),
        gru: reach(gru),
        remembering: reach(remembering),
        transformer: reach(transformer),
        size,
        time,
        batch: budgeted(lab, fullBatch, 4),
        lag,
        steps: budgeted(lab, fullSteps, 4),
        rows,
      }),
      figures: [decayFigure(curves), recallFigure(learnt, lag)],
      tables: [decayTable(curves)],
      data: {
        gradient_share_by_distance: Object.fromEntries([...runs].map(([{ name }, values]) => [name, values])),
        recall_loss_by_step: Object.fromEntries([...losses].map(([{ name }, values]) => [name, values])),
      },
    };
  },
};
