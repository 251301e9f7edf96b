import type { Heading, Prose } from '../../experiment.ts';
import { figures } from '../../number-text.ts';
import type { ReaderSize } from '../../toys/sequence-reader.ts';

export const heading: Heading = {
  title: 'How far back a gradient reaches',
  claim:
    'Learning to store information over extended time intervals by recurrent backpropagation takes a very long time, mostly because of insufficient, decaying error backflow.',
  source:
    'Hochreiter & Schmidhuber 1997, “Long short-term memory”, abstract; for the forget bias Jozefowicz et al. 2015; for the Transformer’s short paths Vaswani et al. 2017, section 4',
};

/** Gradient twenty and sixty tokens back, as a share of the last token's. */
export interface Reach {
  readonly twenty: number;
  readonly sixty: number;
}

/** The numbers that the text uses. */
export interface Found {
  readonly rnn: Reach;
  readonly lstm: Reach;
  readonly gru: Reach;
  /** An LSTM whose forget gate starts open. */
  readonly remembering: Reach;
  readonly transformer: Reach;
  readonly size: ReaderSize;
  /** Tokens of a sequence, and sequences, over which gradients are taken. */
  readonly time: number;
  readonly batch: number;
  /** Distance of the recalled token, updates, and sequences of a batch. */
  readonly lag: number;
  readonly steps: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { rnn, lstm, gru, remembering, transformer, size, time, batch, lag, steps, rows } = found;
  return {
    says:
      `Twenty tokens back the gradient is ${figures(rnn.twenty)} of that of the last token in the plain RNN, ${figures(lstm.twenty)} in the LSTM, ` +
      `${figures(gru.twenty)} in the GRU and ${figures(remembering.twenty)} in an LSTM whose forget gate starts open; sixty tokens back it is ` +
      `${figures(rnn.sixty)}, ${figures(lstm.sixty)}, ${figures(gru.sixty)} and ${figures(remembering.sixty)}, and ${figures(transformer.sixty)} in the Transformer, as at any distance.`,
    explanation: [
      'In a recurrent network the path back from the end to a token passes every step in between, and each step multiplies the gradient by the matrix of its own derivative. With the usual initial weights the product shrinks by a nearly constant factor, a straight line on this logarithmic axis. The models differ in its slope. A plain RNN multiplies by a matrix and by the slope of tanh; the gates of an LSTM or GRU offer a second path, on which the state is only multiplied by a gate.',
      'A gate that starts at one half still halves the gradient at every step, so an untrained LSTM remembers less than its name promises. Only if its forget gate starts open (a bias of 1, so σ(1) ≈ 0.73) is the line flat enough for learning over tens of steps. In the Transformer every token is one attention step away from the end. Its line is level, and low because the last token keeps the residual path for itself while the others share the rest.',
      `The second figure shows the effect: each model learns to name, after ${lag} other tokens, the one that came first. If the gradient of the first token is lost among the others, the loss stays at ln 8 ≈ 2.08, which is guessing.`,
    ],
    method: [
      `Models of width ${size.width} over ${size.vocabulary} different tokens: one recurrent layer with PyTorch’s initial weights U(−1/√H, 1/√H) over embeddings N(0, 1); a causal pre-norm Transformer of two layers and four heads, weights N(0, 0.02²). No training: the gradient of u·h, where h is the state after the last of ${time} random tokens and u is random signs, with respect to every token’s vector; its norm over ${batch} sequences, divided by the norm at the last token. Lines are geometric means over seeds.`,
      `Recall: ${steps} updates of Adam (peak rate 0.003, gradients clipped at norm 1) on new batches of ${rows} sequences; losses are means over 10 updates.`,
      'The claim holds if for all seeds the plain RNN’s gradient at distance 20 is below that of every gated cell, and the Transformer’s at distance 60 is above that of every recurrent network.',
    ],
  };
}
