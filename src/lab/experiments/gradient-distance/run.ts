import { randomStream } from '../../../data/batch/shuffle.ts';
import { gradient, input, mul, sum, type Tensor } from '../../../graph/index.ts';
import type { Scope } from '../../../nn/index.ts';
import { evaluating, type Values } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { floats, ids } from '../../feed.ts';
import { fit } from '../../fit.ts';
import { figures } from '../../pages/number-text.ts';
import { geometricSpread, type Spread, smoothed, spreadCurve } from '../../spread.ts';
import { recallBatch, recallLoss } from '../../toys/recall.ts';
import { recurrentReader, rememberingLstm, transformerReader } from '../../toys/sequence-reader.ts';
import { initialWeights } from '../../weights.ts';
import { decayFigure, decayTable, recallFigure } from './figure.ts';

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

/** ∂(u·h_T)/∂x over all places, [B, T, D]; h_T stands behind the last token, `direction` is u. */
function inputGradient(root: Scope, reader: Reader): { readonly dx: Tensor } {
  const { vectors, last } = reader.read(root, input('ids', ['batch', 'time'], 'int32'));
  const shown = sum(mul(last, input('direction', ['batch', size.width])), { axes: [0, 1] });
  return { dx: gradient(shown, [vectors])[0] as Tensor };
}

/** Norms of `dx` [B, T, D] from the last place to the first, as shares of the last's: root mean squares over B. */
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
async function recallLosses({ backend, seeds, budget }: Lab, reader: Reader, told: (share: number) => void) {
  const plan = {
    loss: (root: Scope) => recallLoss(root, reader, size),
    batch: (random: ReturnType<typeof randomStream>) => recallBatch(random, rows, lag, size),
    steps: budgeted({ budget }, fullSteps, 4),
    learningRate: 3e-3,
  };
  return (await fit(backend, plan, seeds, told)).map(({ losses }) => smoothed(losses, 10));
}

export const gradientDistance: Experiment = {
  name: 'gradient-distance',
  title: 'How far back a gradient reaches',
  claim:
    'Learning to store information over extended time intervals by recurrent backpropagation takes a very long time, mostly because of insufficient, decaying error backflow.',
  source:
    'Hochreiter & Schmidhuber 1997, “Long short-term memory”, abstract; for the forget bias Jozefowicz et al. 2015; for the Transformer’s short paths Vaswani et al. 2017, section 4',
  async run(lab) {
    const runs = new Map<Reader, readonly (readonly number[])[]>();
    const losses = new Map<Reader, readonly (readonly number[])[]>();
    for (const [i, reader] of readers.entries()) {
      runs.set(reader, await decays(lab, reader));
      const told = (share: number): void => lab.say((i + share) / readers.length, `${reader.name} learns to recall`);
      losses.set(reader, await recallLosses(lab, reader, told));
    }
    const curves = new Map(readers.map(({ name }, i) => [name, spreadCurve(runs.get(readers[i])!, geometricSpread)]));
    const learnt = new Map(readers.map(({ name }, i) => [name, spreadCurve(losses.get(readers[i])!)]));
    const at = (reader: Reader, k: number): Spread => curves.get(reader.name)![k];
    const gated = [lstm, gru, remembering];
    const isShown =
      at(rnn, 20).max < Math.min(...gated.map((reader) => at(reader, 20).min)) &&
      at(transformer, 60).min > Math.max(...[rnn, ...gated].map((reader) => at(reader, 60).max));
    const share = (reader: Reader, k: number): string => figures(at(reader, k).mean);
    return {
      isShown,
      says:
        `Twenty tokens back the gradient is ${share(rnn, 20)} of that of the last token in the plain RNN, ${share(lstm, 20)} in the LSTM, ` +
        `${share(gru, 20)} in the GRU and ${share(remembering, 20)} in an LSTM whose forget gate begins open; sixty tokens back it is ` +
        `${share(rnn, 60)}, ${share(lstm, 60)}, ${share(gru, 60)} and ${share(remembering, 60)}, in the Transformer ${share(transformer, 60)} as at any distance.`,
      explanation: [
        'In a recurrent net the way back from the end to a token leads through every step between, and each step multiplies the gradient by the matrix of its own derivative. With the usual initial weights that product shrinks by a nearly constant factor: a straight line on this logarithmic axis. What differs is its slope. A plain RNN multiplies by a matrix and by the slope of tanh; the gates of an LSTM or GRU offer a second way, on which the state is only multiplied by a gate.',
        'A gate that starts at one half still halves the gradient at every step, which is why a fresh LSTM is not much better than its name promises: only when its forget gate begins open (a bias of 1, so σ(1) ≈ 0.73) does the line become flat enough for learning over tens of steps. In the Transformer every token is one attention away from the end: the line is level, and low because the last token keeps the residual path for itself while the others share the rest.',
        `The second figure shows what that means: each model learns to name, behind ${lag} other tokens, the one that came first. Where the gradient of the first token is lost in that of the others the loss stays at ln 8 ≈ 2.08, which is guessing.`,
      ],
      method: [
        `Models of width ${size.width} over ${size.vocabulary} kinds of tokens: one recurrent layer with PyTorch’s initial weights U(−1/√H, 1/√H) over embeddings N(0, 1); a causal pre-norm Transformer of two layers and four heads, weights N(0, 0.02²). No training: the gradient of u·h, where h stands behind the last of ${time} random tokens and u is random signs, by every token’s vector; its norm over ${budgeted(lab, fullBatch, 4)} sequences, divided by the norm at the last token. Lines are geometric means over seeds.`,
        `Recall: ${budgeted(lab, fullSteps, 4)} updates of Adam (peak rate 0.003, gradients clipped at norm 1) on new batches of ${rows} sequences, means over 10 updates.`,
        'The claim counts as shown when for all seeds the plain RNN’s gradient at distance 20 is below that of every gated cell, and the Transformer’s at distance 60 above that of every recurrent net.',
      ],
      figures: [decayFigure(curves), recallFigure(learnt, lag)],
      tables: [decayTable(curves)],
      data: {
        gradient_share_by_distance: Object.fromEntries([...runs].map(([{ name }, values]) => [name, values])),
        recall_loss_by_step: Object.fromEntries([...losses].map(([{ name }, values]) => [name, values])),
      },
    };
  },
};
